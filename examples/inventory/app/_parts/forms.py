"""Forms: the summary of what went wrong, and fields with their own errors."""

from __future__ import annotations

import htpy as h

from twofold import Form
from twofold.actions import Field


def open_form(form: Form, classes: str, *, anchor: str = "") -> h.Element:
    """Start the form element; its children follow in brackets, with `form.hidden` among them.

    Args:
        anchor: id of the element to come back to. Browsers take it along through the redirect after a success.
    """
    fragment = f"#{anchor}" if anchor else ""
    return h.form(classes, form.attrs, action=f"{form.attrs['action']}{fragment}")


def alert(form: Form) -> h.Renderable | None:
    """Tell why the last submission of this form failed."""
    return h.p(".alert", role="alert")[form.error.message] if form.error is not None else None


def notice(*content: h.Node) -> h.Element:
    """Tell that something went well."""
    return h.p(".notice", role="status")[content]


def labelled(field: Field, label: str, *, hint: str | None = None, autocomplete: str = "off") -> h.Element:
    """Show an input with its label, its hint, and its errors beside it."""
    hint_id = f"{field.id}-hint"
    described = " ".join([*([field.error_id] if field.errors else []), *([hint_id] if hint else [])])
    return h.div(".field")[
        h.label(for_=field.id)[label],
        h.input(field.attrs, autocomplete=autocomplete, autofocus=bool(field.errors), aria_describedby=described or None),
        bool(field.errors) and h.p(".field-error", id=field.error_id)[" ".join(field.errors)],
        hint is not None and h.p(".hint", id=hint_id)[hint],
    ]
