from __future__ import annotations

import htpy as h

import stock
from app.reads import products
from app.staff.actions import restock


async def page() -> h.Renderable:
    return h.ul[(shelf(one) for one in await products())]


def shelf(product: stock.Product) -> h.Element:
    form = restock.form(sku=product.sku)
    quantity = form.field("quantity")
    return h.li(id=product.sku)[
        f"{product.name}: {product.available} left",
        h.form(form.attrs)[
            form.hidden,
            h.input(quantity.attrs, aria_label="Quantity"),
            h.p(id=quantity.error_id)[quantity.errors] if quantity.errors else None,
            h.button["Restock"],
        ],
    ]
