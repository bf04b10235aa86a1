from __future__ import annotations

import htpy as h

from app import _admin
from app._parts.document import set_title
from app._parts.forms import alert, labelled, open_form
from app.site.sign_in.actions import sign_in
from composition import ENVIRONMENT
from environment import DEVELOPMENT_SECRETS
from twofold import Redirect, Request, redirect


async def page(request: Request) -> h.Renderable | Redirect:
    """Ask for the admin token."""
    if _admin.is_admin():
        return redirect("/admin")
    set_title(request, "Stock room")
    form = sign_in.form()
    return h.div(".wrap.narrow")[
        h.section(".panel.door", aria_labelledby="door")[
            h.h1("#door")["Stock room"],
            h.p["For those who fill the shelves."],
            alert(form),
            open_form(form, ".stacked")[
                form.hidden,
                labelled(form.field("token"), "Admin token", hint=_hint(), autocomplete="current-password"),
                h.button(".primary")["Sign in"],
            ],
        ]
    ]


def _hint() -> str | None:
    token = DEVELOPMENT_SECRETS["ADMIN_TOKEN"]
    is_public = ENVIRONMENT.is_development and ENVIRONMENT.is_admin_token(token)
    return f"In development it is {token}" if is_public else None
