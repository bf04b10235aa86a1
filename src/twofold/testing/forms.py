"""A form of a page, as a visitor meets it: fields with values and errors, and what submitting it sends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Any

from twofold.actions import find_action_id
from twofold.testing.controls import BUTTONS, CHOICES, CONTROLS, SUBMITS, controls_of, errors_of, options_of, type_of, values_of
from twofold.testing.encoding import Entry, File
from twofold.testing.html import Element


class PageField:
    """One field of a form: all of its controls that have one name.

    Attributes:
        name: under which it is sent.
        type: "text", "number", "checkbox", "select", "textarea", "hidden"...
        attrs: of its first control.
        errors: the texts that `aria-describedby` names, where `aria-invalid` is true.
    """

    def __init__(self, name: str, controls: Sequence[Element], errors: tuple[str, ...]) -> None:
        self.name = name
        self.attrs: Mapping[str, str] = controls[0].attrs
        self.type = type_of(controls[0])
        self.errors = errors
        self._controls = controls

    def __repr__(self) -> str:
        return f"<PageField {self.name} {self.type} {list(self.values)}>"

    @property
    def is_invalid(self) -> bool:
        """Whether the page marks it as invalid."""
        return any(control.attrs.get("aria-invalid") == "true" for control in self._controls)

    @property
    def values(self) -> tuple[str, ...]:
        """What it would send as it stands."""
        return tuple(text for control in self._controls for text in values_of(control))

    @property
    def value(self) -> str:
        """The first of `values`, or nothing."""
        return next(iter(self.values), "")

    @property
    def options(self) -> tuple[str, ...]:
        """The values to choose from, of a select, of checkboxes or of radio buttons."""
        return tuple(text for control in self._controls for text in options_of(control))


class PageForm:
    """A form of a page.

        form = page.form("reserve_stock")
        form["quantity"].errors
        page = await client.submit(form, quantity=2)

    Attributes:
        url: where it is sent, absolute.
        action_id: of the action that it calls; None for a form that calls none.
        fields: by name, in the order of the page.
    """

    def __init__(self, element: Element, page: Element, url: str) -> None:
        self.url = url
        self.method = element.attrs.get("method", "get").lower()
        self.enctype = element.attrs.get("enctype", "application/x-www-form-urlencoded").lower()
        self.action_id = find_action_id(url.partition("#")[0].partition("?")[2])
        self._element = element
        self._controls = [one for one in controls_of(element, page) if one.attrs.get("name")]
        self.fields = _fields(self._controls, page)

    def __getitem__(self, name: str) -> PageField:
        """Give a field.

        Raises:
            LookupError: there is none of this name.
        """
        if name not in self.fields:
            raise LookupError(f"the form has no field {name!r}; it has {', '.join(self.fields) or 'none'}")
        return self.fields[name]

    def __repr__(self) -> str:
        return f"<PageForm {self.action_id or self.url} {list(self.fields)}>"

    @property
    def errors(self) -> Mapping[str, tuple[str, ...]]:
        """The messages of every field that has some."""
        return {name: field.errors for name, field in self.fields.items() if field.errors}

    @property
    def text(self) -> str:
        """The text in it, white space collapsed."""
        return self._element.text

    def entries(self, values: Mapping[str, Any] | None = None) -> list[Entry]:
        """Give what submitting sends, names and values in the order of the page.

        Args:
            values: what the visitor fills in: texts, numbers, True for a tick, a list for several, `("a.png", b"...")`
                for a file, None for nothing. A submit button's name presses that button; otherwise the first is pressed.

        Raises:
            LookupError: the form has no such field, or the field no such option.
        """
        filled = {name: _filled(self[name], value) for name, value in (values or {}).items()}
        pressed = self._pressed(filled)
        entries: list[Entry] = []
        for control in self._controls:
            name = control.attrs["name"]
            if type_of(control) in BUTTONS:
                entries.extend([(name, control.attrs.get("value", ""))] if control is pressed else [])
            elif name in filled:
                entries.extend((name, one) for one in filled[name])
                filled[name] = []
            else:
                entries.extend((name, one) for one in _as_shown(control))
        return entries

    def _pressed(self, filled: Mapping[str, list[str | File]]) -> Element | None:
        for control in self._controls:
            if type_of(control) in SUBMITS and [control.attrs.get("value", "")] == filled.get(control.attrs["name"]):
                return control
        # Without a name, the default button is pressed all the same and sends nothing.
        return next((one for one in self._element.walk() if one.tag in CONTROLS and type_of(one) in SUBMITS), None)


def _fields(controls: Sequence[Element], page: Element) -> dict[str, PageField]:
    groups: dict[str, list[Element]] = {}
    for control in controls:
        groups.setdefault(control.attrs["name"], []).append(control)
    return {name: PageField(name, group, errors_of(group, page)) for name, group in groups.items()}


def _as_shown(control: Element) -> Sequence[str | File]:
    return [File()] if type_of(control) == "file" else values_of(control)


def _filled(field: PageField, value: Any) -> list[str | File]:
    """Give what a field sends when a visitor fills it with a value."""
    if field.type == "file":
        return [File(*one) for one in _several(value)] or [File()]
    if value is True and field.type in CHOICES:
        return [field.options[0]]
    if value is None or (value is False and field.type in CHOICES):
        return [] if field.options else [""]
    texts = [_text(one) for one in _several(value)]
    unknown = [text for text in texts if field.options and text not in field.options]
    if unknown:
        raise LookupError(f"the field {field.name!r} has no option {unknown[0]!r}; it has {', '.join(field.options)}")
    return [*texts]


def _several(value: Any) -> list[Any]:
    if value is None:
        return []
    return [*value] if isinstance(value, (list, set, frozenset)) else [value]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value.value if isinstance(value, Enum) else value)
