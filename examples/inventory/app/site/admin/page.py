from __future__ import annotations

from collections.abc import Sequence

import htpy as h

from app._parts.document import set_title
from app._parts.forms import alert, labelled, notice, open_form
from app._parts.products import picture
from app._parts.words import count, money
from app._reads import Sku, picture_name, product, skus
from app.site.admin.actions import change_picture, restock, sign_out
from composition import shop
from services.models import RefundDue
from twofold import Request, region


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
        await refunds(),
        h.ul(".shelves", role="list")[[await shelf(sku) for sku in await skus()]],
    ]


@region
async def shelf(sku: Sku) -> h.Element:
    """Show where the units of a product are, and the form that adds more."""
    found = await product(sku)
    form = restock.form(sku=sku)
    return h.li(".card.shelf", id=sku)[
        picture(sku, "small", uploaded=await picture_name(sku)),
        h.div(".card-text")[
            h.h2[found.name],
            h.p(".quiet.id")[h.code[sku], " · ", money(found.price, found.currency)],
            h.dl(".figures")[_figure("Available", found.available), _figure("On hold", found.held), _figure("Sold", found.sold)],
            alert(form),
            form.result is not None and notice(f"Restocked. {form.result.available} are available."),
            open_form(form, ".order", anchor=sku)[
                form.hidden, labelled(form.field("quantity"), "Units to add"), h.button(".secondary")["Restock"]
            ],
            _picture_form(sku),
        ],
    ]


def _picture_form(sku: Sku) -> h.Element:
    form = change_picture.form(sku=sku)
    return open_form(form, ".order.upload", anchor=sku)[
        form.hidden,
        labelled(form.field("image"), "Picture", hint="PNG, JPEG or WebP, at most 2 MiB"),
        h.button(".secondary")["Upload"],
        h.progress(".wide", data_tf_progress=True, value="0", aria_label="Upload"),
        alert(form),
        form.result is not None and notice("This is what visitors see now."),
    ]


def _figure(name: str, units: int) -> h.Element:
    return h.div[h.dt[name], h.dd[f"{units:,}"]]


@region(tags="stock")
async def refunds() -> h.Element:
    """Show the money that the shop has and may not keep: whatever makes it due revalidates the stock."""
    return h.div[_refunds(await shop().payments.refunds_due())]


def _refunds(due: Sequence[RefundDue]) -> h.Renderable | None:
    if not due:
        return None
    return h.section(".panel.refunds", aria_labelledby="refunds")[
        h.h2("#refunds")[count(len(due), "refund is due", "refunds are due")],
        h.ul[(h.li[money(one.amount, one.currency), " for ", h.code[one.reservation_id]] for one in due)],
    ]
