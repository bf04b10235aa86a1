from __future__ import annotations

from collections.abc import Sequence

import htpy as h

from app._parts.document import set_title
from app._parts.forms import alert, labelled, notice, open_form
from app._parts.products import picture
from app._parts.words import count, money
from app._reads import products
from app.site.admin.actions import restock, sign_out
from composition import shop
from services.models import Product, RefundDue
from twofold import Request


async def page(request: Request) -> h.Renderable:
    """Show where every unit is, what is owed, and the forms that fill the shelves."""
    set_title(request, "Stock room")
    leaving = sign_out.form()
    return h.div(".wrap")[
        h.div(".title-line")[
            h.h1["Stock room"],
            open_form(leaving, ".inline")[leaving.hidden, h.button(".secondary")["Sign out"]],
        ],
        alert(leaving),
        _refunds(await shop().payments.refunds_due()),
        h.ul(".shelves", role="list")[(_shelf(product) for product in await products())],
    ]


def _shelf(product: Product) -> h.Element:
    form = restock.form(sku=product.sku)
    return h.li(".card.shelf", id=product.sku)[
        picture(product.sku, "small"),
        h.div(".card-text")[
            h.h2[product.name],
            h.p(".quiet.id")[h.code[product.sku], " · ", money(product.price, product.currency)],
            h.dl(".figures")[
                _figure("Available", product.available), _figure("On hold", product.held), _figure("Sold", product.sold)
            ],
            alert(form),
            form.result is not None and notice(f"Restocked. {form.result.available} are available."),
            open_form(form, ".order", anchor=product.sku)[
                form.hidden, labelled(form.field("quantity"), "Units to add"), h.button(".secondary")["Restock"]
            ],
        ],
    ]


def _figure(name: str, units: int) -> h.Element:
    return h.div[h.dt[name], h.dd[f"{units:,}"]]


def _refunds(due: Sequence[RefundDue]) -> h.Renderable | None:
    if not due:
        return None
    return h.section(".panel.refunds", aria_labelledby="refunds")[
        h.h2("#refunds")[count(len(due), "refund is due", "refunds are due")],
        h.ul[(h.li[money(one.amount, one.currency), " for ", h.code[one.reservation_id]] for one in due)],
    ]
