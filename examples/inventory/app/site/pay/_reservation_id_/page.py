from __future__ import annotations

import htpy as h

from app._parts.document import set_title
from app._parts.forms import alert, open_form
from app._parts.words import TIMES, money
from app._visitor import owner
from app.site.pay.actions import settle
from composition import shop
from services.models import Reservation
from twofold import Redirect, Request, redirect


async def page(reservation_id: str, request: Request) -> h.Renderable | Redirect:
    """Show the simulated provider's page. It knows of payments, not of holds: like a real one, it takes money too late."""
    found = await shop().reservations.get(reservation_id, owner())
    if found.payment_id is None or found.paid_at is not None:
        return redirect("/reservations")
    set_title(request, "Testpay")
    return h.div(".wrap.narrow")[h.section(".provider", aria_labelledby="provider")[_counter(found)]]


def _counter(reservation: Reservation) -> h.Node:
    amount = money(reservation.amount, reservation.currency)
    succeed = settle.form(reservation_id=reservation.id, kind="payment.succeeded")
    fail = settle.form(reservation_id=reservation.id, kind="payment.failed")
    return [
        h.p(".eyebrow")["Testpay · simulated payments"],
        h.h1("#provider")[amount],
        h.p[f"to Holdfast, for {reservation.quantity} {TIMES} {reservation.name}"],
        h.p(".hint")["No money moves. Your answer reaches the shop as a signed webhook, as a real provider's would."],
        alert(succeed),
        alert(fail),
        open_form(succeed, ".stacked")[succeed.hidden, h.button(".primary")[f"Pay {amount}"]],
        open_form(fail, ".stacked")[fail.hidden, h.button(".secondary")["Decline the payment"]],
        h.p[h.a(href="/reservations")["Back to the shop without paying"]],
        h.p(".quiet.id")["Payment ", h.code[reservation.payment_id]],
    ]
