"""The page at `/`: a form, and the wall."""

from __future__ import annotations

import htpy as h
from twofold import Form, region
from twofold.actions import Field

from actions.notes import leave_note
from services.models import Note
from services.notes import newest


async def page() -> h.Renderable:
    """Show the wall, and the form that adds to it."""
    return h.fragment[
        h.section(".hero")[
            h.h1["Leave a note"], h.p["For whoever comes next. Open a second window, and watch it follow."]
        ],
        h.div("#write")[_write(leave_note.form())],
        await wall(),
    ]


@region
async def wall() -> h.Element:
    """Show the notes. A region: it follows every new note, in every open browser."""
    notes = await newest()
    return h.section("#wall.wall", aria_label="Notes")[
        (_note(one) for one in notes) if notes else h.p(".empty")["Nothing yet."]
    ]


def _write(form: Form) -> h.Element:
    name, text = form.field("name"), form.field("text")
    return h.form(".panel", form.attrs)[
        form.hidden,
        h.p(".notice", role="status")["Thank you. It is on the wall."] if form.result else None,
        h.p(".alert", role="alert")[form.error.message] if form.error else None,
        _labelled(name, "Your name", h.input(name.attrs, autocomplete="nickname")),
        _labelled(text, "Your note", _textarea(text)),
        h.button["Put it on the wall"],
    ]


def _textarea(field: Field) -> h.Element:
    # An input's value is an attribute, and a textarea's is its text.
    attrs = {name: value for name, value in field.attrs.items() if name not in {"type", "value"}}
    return h.textarea(attrs, rows="3")[field.value]


def _labelled(field: Field, label: str, control: h.Node) -> h.Element:
    return h.div(".field")[
        h.label(for_=field.id)[label],
        control,
        h.p(".field-error", id=field.error_id)[" ".join(field.errors)] if field.errors else None,
    ]


def _note(note: Note) -> h.Element:
    return h.article(".note")[
        h.p[note.text],
        h.footer[h.strong[note.name], h.time(datetime=note.written_at.isoformat())[f"{note.written_at:%d %B %Y}"]],
    ]
