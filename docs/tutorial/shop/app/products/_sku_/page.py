from __future__ import annotations

import htpy as h

from app.actions import reserve
from app.reads import product


async def page(sku: str) -> h.Renderable:
    found = await product(sku)
    form = reserve.form(sku=sku)
    quantity = form.field("quantity", 1)
    return h.fragment[
        h.h1[found.name],
        h.p(id="left")[f"{found.available} left"],
        h.p(role="status")[f"{form.result} reserved for you"] if form.result else None,
        h.p(role="alert")[form.error.message] if form.error else None,
        h.form(form.attrs)[
            form.hidden,
            h.label(for_=quantity.id)["Quantity"],
            h.input(quantity.attrs),
            h.p(id=quantity.error_id)[quantity.errors] if quantity.errors else None,
            h.button["Reserve"],
        ],
    ]
