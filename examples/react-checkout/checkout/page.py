"""The page: forms of the server, which work at once, and what React needs to take over."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import htpy as h
from markupsafe import Markup
from pydantic import TypeAdapter

from actions.inventory import reserve_stock
from app._reads import details, skus
from checkout._assets import assets
from services.models import Details
from twofold import Form


@dataclass(frozen=True, slots=True)
class Shown:
    """A product as the page gives it to React."""

    sku: str
    name: str
    price: Decimal
    currency: str


SHOWN = TypeAdapter(list[Shown])


async def page() -> h.Renderable:
    """Show what there is to reserve."""
    products = [await details(sku) for sku in await skus()]
    shown = [Shown(one.sku, one.name, one.price, one.currency) for one in products]
    return h.html(lang="en")[
        h.head[
            h.meta(charset="utf-8"),
            h.meta(name="viewport", content="width=device-width, initial-scale=1"),
            h.title["Holdfast in React"],
            h.link(rel="icon", href="/static/favicon.svg", type="image/svg+xml"),
            h.link(rel="stylesheet", href="/static/shop.css"),
            assets(),
        ],
        h.body[
            h.main[
                h.div(".wrap")[
                    h.div(".hero")[
                        h.h1["Good things for the home"],
                        h.p["Reserve what you like: it is held for you for fifteen minutes while you decide."],
                    ],
                    # React takes this element over: until it has, its forms are submitted without it.
                    h.div("#checkout", data_products=SHOWN.dump_json(shown).decode())[
                        h.ul(".catalogue", role="list")[map(_card, products)]
                    ],
                ]
            ]
        ],
    ]


def _card(product: Details) -> h.Element:
    form = reserve_stock.form(sku=product.sku)
    quantity = form.field("quantity", 1)
    return h.li(".card")[
        h.div(class_=f"picture medium tint-{product.sku[0].lower()}")[
            h.img(src=f"/static/products/{product.sku}.svg", alt="", width="320", height="320")
        ],
        h.div(".card-text")[
            h.h2[product.name],
            h.p(".card-line")[h.span(".price")[f"{product.currency} {product.price}"]],
            h.form(".stacked", form.attrs)[
                form.hidden,
                _told(form),
                h.div(".field")[
                    h.label(for_=quantity.id)["Quantity"],
                    h.input(quantity.attrs),
                    bool(quantity.errors) and h.p(".field-error", id=quantity.error_id)[" ".join(quantity.errors)],
                ],
                h.button(".primary")["Reserve"],
            ],
        ],
    ]


def _told(form: Form) -> h.Renderable | Markup | None:
    if form.error is not None:
        return h.p(".alert", role="alert")[form.error.message]
    if form.state == "succeeded":
        return h.p(".notice", role="status")[f"{form.result.quantity} reserved for you"]
    return None
