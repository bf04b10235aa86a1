"""Reservations: what state they are in, and what their owner can do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import htpy as h

from app._parts.forms import alert, notice, open_form
from app._parts.products import picture
from app._parts.words import TIMES, moment, money, time_left
from app.site.actions import cancel_reservation, pay
from services.models import Reservation
from services.states import Status

BADGES: Mapping[Status, tuple[str, str]] = {
    "held": ("warn", "On hold"),
    "paid": ("good", "Paid"),
    "cancelled": ("plain", "Cancelled"),
    "expired": ("plain", "Expired"),
    "refund_due": ("bad", "Refund due"),
    "refunded": ("plain", "Refunded"),
}


def reservation_card(reservation: Reservation, now: datetime, uploaded: str | None) -> h.Element:
    """Show one reservation. Its forms stay where they are when a hold ends, so that a refusal is told here.

    Who cancels sees it cancelled at once, and held again should the shop refuse.

    Args:
        uploaded: name of the product's picture.
    """
    cancel_form = cancel_reservation.form(reservation_id=reservation.id)
    pay_form = pay.form(reservation_id=reservation.id)
    story = _story(reservation, now)
    shown = picture(reservation.sku, "small", uploaded=uploaded)
    return _card(
        reservation,
        shown,
        alert(pay_form),
        alert(cancel_form),
        h.p[story] if cancel_form.result is None else notice(story),
        reservation.status == "held"
        and h.div(".buttons")[
            open_form(pay_form, ".inline", anchor=reservation.id)[
                pay_form.hidden, h.button(".primary")[f"Pay {money(reservation.amount, reservation.currency)}"]
            ],
            open_form(cancel_form, ".inline", anchor=reservation.id)[
                cancel_form.hidden,
                cancel_form.optimistic({reservation.id: _cancelled(reservation, now, shown)}),
                h.button(".secondary")["Cancel"],
            ],
        ],
        anchor=reservation.id,
    )


def _cancelled(reservation: Reservation, now: datetime, shown: h.Element) -> h.Element:
    cancelled = replace(reservation, status="cancelled")
    return _card(cancelled, shown, h.p[_story(cancelled, now)])


def _card(reservation: Reservation, shown: h.Element, *content: h.Node, anchor: str | None = None) -> h.Element:
    return h.li(id=anchor, class_=["card", "reservation", f"is-{reservation.status.replace('_', '-')}"])[
        shown,
        h.div(".card-text")[
            h.p(".card-line")[_badge(reservation.status), h.span(".price")[money(reservation.amount, reservation.currency)]],
            h.h2[f"{reservation.quantity} {TIMES} ", h.a(href=f"/products/{reservation.sku}")[reservation.name]],
            content,
            h.p(".quiet.id")["Reservation ", h.code[reservation.id]],
        ],
    ]


def _badge(status: Status) -> h.Element:
    tone, text = BADGES[status]
    return h.span(f".badge.{tone}")[text]


def _story(reservation: Reservation, now: datetime) -> h.Node:
    match reservation.status:
        case "held":
            return _hold(reservation, now)
        case "paid":
            return "Yours. Paid ", _when(reservation.paid_at, now), "."
        case "cancelled":
            return "You gave them back. Nothing was charged."
        case "expired":
            return (
                "The hold ended ",
                moment(reservation.expires_at, now),
                " and nothing was charged. Reserve again if you still want it.",
            )
        case "refund_due":
            amount = money(reservation.amount, reservation.currency)
            return f"Your payment came after the hold had ended. We owe you {amount} and send it back; you need not do anything."
        case "refunded":
            return "Your money went back ", _when(reservation.refunded_at, now), "."


def _hold(reservation: Reservation, now: datetime) -> h.Node:
    left = time_left(reservation.expires_at, now)
    held = "Held for you until ", h.strong[moment(reservation.expires_at, now)], ", ", left, " from now."
    if reservation.payment_failed_at is None:
        return held
    return h.strong(".warning")["The payment was declined."], " You can try again. ", held


def _when(instant: datetime | None, now: datetime) -> h.Node:
    return "" if instant is None else moment(instant, now)
