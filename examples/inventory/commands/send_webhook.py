"""Play the payment provider: send the shop a signed webhook about a reservation.

    python -m commands.send_webhook payment.succeeded r_mfrggzdfmztwq2lk
    python -m commands.send_webhook payment.refunded r_mfrggzdfmztwq2lk --url https://shop.example

It reads the amount from the shop's database (`DATABASE_URL`) and signs with `PAYMENT_SECRET`, or with the secret that
everybody knows from development.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import get_args
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from environment import DEVELOPMENT_SECRETS
from services.clock import database_time, utc_now
from services.database import Database, url_from
from services.errors import UnknownReservation
from services.models import PaymentData, PaymentEvent, PaymentEventType
from services.payments import Payments
from services.provider import SignedEvent, SimulatedProvider, signed_event
from services.public_id import new_event_id
from twofold import StoreUnavailable

PATH = "/api/webhooks/payment"
TIMEOUT_SECONDS = 30


def main(arguments: Sequence[str] | None = None, environ: Mapping[str, str] = os.environ) -> int:
    """Send one webhook; give 0 when the shop took it."""
    options = _parser().parse_args(arguments)
    secret = environ.get("PAYMENT_SECRET", DEVELOPMENT_SECRETS["PAYMENT_SECRET"])
    try:
        data = asyncio.run(_payment_data(url_from(environ), options.reservation_id, secret))
    except (UnknownReservation, StoreUnavailable) as error:
        return _complain(f"{options.reservation_id}: {error} ({url_from(environ)})")
    if options.amount is not None:
        data = PaymentData(data.reservation_id, options.amount, data.currency)
    event = PaymentEvent(options.event_id or new_event_id(), options.type, utc_now(), data)
    return _send(options.url + PATH, signed_event(event, secret))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m commands.send_webhook", description="Send the shop a signed payment webhook."
    )
    parser.add_argument("type", choices=get_args(PaymentEventType), help="what happened to the payment")
    parser.add_argument("reservation_id", metavar="RESERVATION_ID", help="such as r_mfrggzdfmztwq2lk")
    parser.add_argument("--url", type=_web_url, default="http://127.0.0.1:8000", help="where the shop is (default: %(default)s)")
    parser.add_argument("--event-id", help="send an event again under its id; a new id when left out")
    parser.add_argument("--amount", type=Decimal, help="another amount than the reservation's")
    return parser


def _web_url(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise argparse.ArgumentTypeError(f"{text} does not start with http:// or https://")
    return text.rstrip("/")


async def _payment_data(database_url: str, reservation_id: str, secret: str) -> PaymentData:
    """Look up what there is to pay.

    Raises:
        UnknownReservation: the shop has no such reservation.
        StoreUnavailable: there is no database.
    """
    db = Database(database_url)
    try:
        payment = await Payments(db, database_time, SimulatedProvider(secret, utc_now)).payment_for(reservation_id)
    finally:
        await db.close()
    return PaymentData(payment.reservation_id, payment.amount, payment.currency)


def _send(url: str, signed: SignedEvent) -> int:
    headers = {"Content-Type": "application/json", "X-Payment-Signature": signed.signature}
    _say(f"POST {url}", *(f"{name}: {value}" for name, value in headers.items()), "", signed.body.decode(), "")
    try:
        request = Request(url, signed.body, headers)  # noqa: S310 - `_web_url` lets only the web through
        with urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - likewise
            _say(f"{answer.status} {answer.reason}", answer.read().decode())
    except HTTPError as refusal:
        _say(f"{refusal.code} {refusal.reason}", refusal.read().decode())
        return 1
    except (URLError, TimeoutError) as error:
        return _complain(f"{url} does not answer: {error}")
    return 0


def _say(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))


def _complain(message: str) -> int:
    sys.stderr.write(f"{message}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
