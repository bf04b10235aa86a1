from __future__ import annotations

import htpy as h

from app._parts.products import card
from app._reads import skus


async def page() -> h.Renderable:
    """Show the catalogue with its stock."""
    cards = [await card(sku) for sku in await skus()]
    return h.div(".wrap")[
        h.div(".hero")[
            h.h1["Good things for the home"],
            h.p["Made slowly, in small numbers. Reserve what you like: it is held for you for fifteen minutes while you decide."],
        ],
        h.ul(".catalogue", role="list")[cards] if cards else _empty(),
    ]


def _empty() -> h.Element:
    return h.div(".empty")[h.h2["The shelves are empty"], h.p["New things arrive soon. Come back in a while."]]
