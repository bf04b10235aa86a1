from __future__ import annotations

import htpy as h

from app.sign_in.actions import sign_in


async def page() -> h.Renderable:
    form = sign_in.form()
    password = form.field("password")
    return h.fragment[
        h.h1["Staff"],
        h.form(form.attrs)[
            form.hidden,
            h.label(for_=password.id)["Password"],
            h.input(password.attrs),
            h.p(id=password.error_id)[password.errors] if password.errors else None,
            h.button["Sign in"],
        ],
    ]
