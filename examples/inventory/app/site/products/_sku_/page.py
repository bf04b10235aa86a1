from __future__ import annotations

from datetime import datetime

import htpy as h

from app._parts.document import set_title
from app._parts.forms import alert, labelled, notice, open_form
from app._parts.products import picture, stock
from app._parts.words import count, moment, money
from app._reads import Sku, details, picture_name, product
from app.site.actions import reserve_stock
from composition import shop
from services.models import Product, Reservation
from twofold import Form, Request, region


async def page(sku: Sku, request: Request) -> h.Renderable:
    """Show one product, and the form that reserves it."""
    found = await details(sku)
    set_title(request, found.name)
    return h.div(".wrap")[
        h.nav(".crumbs", aria_label="Breadcrumb")[h.a(href="/")["Shop"], h.span(aria_hidden="true")["/"], h.span[found.name]],
        h.article(".product")[
            picture(sku, "large", uploaded=await picture_name(sku)),
            h.div[
                h.h1[found.name],
                h.p(".card-line")[h.span(".price.large")[money(found.price, found.currency)], await stock(sku)],
                h.p(".lead")[found.description],
                await order(sku),
            ],
        ],
    ]


@region
async def order(sku: Sku) -> h.Element:
    """Show the form, or that there is nothing to reserve; a refused visitor keeps the form with what she typed."""
    return _order(await product(sku), reserve_stock.form(sku=sku))


def _order(product: Product, form: Form) -> h.Element:
    if product.available == 0 and form.state != "failed":
        return h.section(".panel", aria_label="Reserve")[_reserved(form), _nothing_left(product)]
    return h.section(".panel", aria_label="Reserve")[
        _reserved(form),
        alert(form),
        open_form(form, ".order")[
            form.hidden,
            labelled(form.field("quantity", 1), "Quantity"),
            h.button(".primary")["Reserve for 15 minutes"],
        ],
        h.p(".hint")[
            product.held > 0 and f"{count(product.held, 'unit is', 'units are')} on hold. ", "Pay later, or not at all."
        ],
    ]


def _reserved(form: Form) -> h.Renderable | None:
    held: Reservation | None = form.result
    if held is None:
        return None
    return notice(
        h.strong[f"{held.quantity} reserved for you"],
        " until ",
        moment(held.expires_at, _now()),
        ". ",
        h.a(href=f"/reservations#{held.id}")[f"Pay {money(held.amount, held.currency)} or cancel"],
    )


def _nothing_left(product: Product) -> h.Renderable:
    if product.held:
        return h.p["All that is left is on hold. Holds last fifteen minutes at most: look again soon."]
    return h.p["This is sold out."]


def _now() -> datetime:
    return shop().clock()
