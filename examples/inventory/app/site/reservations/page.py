from __future__ import annotations

from collections.abc import Mapping, Sequence

import htpy as h

from app._parts.document import set_title
from app._parts.reservations import reservation_card
from app._reads import picture_name
from app._visitor import owner
from composition import shop
from services.models import Reservation
from twofold import Request, region


async def page(request: Request) -> h.Renderable:
    set_title(request, "Your reservations")
    return h.div(".wrap.narrow")[h.h1["Your reservations"], await reservations()]


@region(tags="stock")
async def reservations() -> h.Element:
    """Show the visitor's reservations. They are read afresh each time: they are hers alone, and their time runs.

    Nothing happens to a reservation, by whomever, that does not revalidate the stock.
    """
    found = await shop().reservations.list_for(owner())
    pictures = {one.sku: await picture_name(one.sku) for one in found}
    return _list(found, pictures) if found else _empty()


def _list(reservations: Sequence[Reservation], pictures: Mapping[str, str | None]) -> h.Element:
    now = shop().clock()
    return h.ul(".reservations", role="list")[(reservation_card(one, now, pictures[one.sku]) for one in reservations)]


def _empty() -> h.Element:
    return h.div(".empty")[
        h.h2["Nothing on hold"],
        h.p["Reserve something in the shop and it waits here for fifteen minutes."],
        h.p[h.a(".button.primary", href="/")["Go to the shop"]],
    ]
