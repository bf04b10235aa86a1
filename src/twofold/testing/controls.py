"""The controls of a form: what each would send, as browsers do it.

Source: WHATWG HTML sections 4.10.21.4 (constructing the form data set) and 4.10.7 (a select's default).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from twofold.testing.html import Element

CHOICES = frozenset({"checkbox", "radio"})
BUTTONS = frozenset({"submit", "image", "button", "reset"})
SUBMITS = frozenset({"submit", "image"})
CONTROLS = frozenset({"input", "select", "textarea", "button"})


def controls_of(form: Element, page: Element) -> Iterator[Element]:
    """Give the enabled controls in a form, and those elsewhere on the page that name it."""
    for element in page.walk():
        if element.tag in CONTROLS and _belongs(element, form) and not _is_disabled(element):
            yield element


def type_of(control: Element) -> str:
    """Give a control's type; "select" and "textarea" are their own."""
    if control.tag == "input":
        return control.attrs.get("type", "text").lower()
    return control.attrs.get("type", "submit").lower() if control.tag == "button" else control.tag


def values_of(control: Element) -> list[str]:
    """Give the texts that a control sends as it stands; a button sends none, nor does a file field."""
    kind = type_of(control)
    if kind in BUTTONS or kind == "file":
        return []
    if kind in CHOICES:
        return [control.attrs.get("value", "on")] if "checked" in control.attrs else []
    if kind == "textarea":
        return [control.raw_text.removeprefix("\n")]
    return _selected(control) if kind == "select" else [control.attrs.get("value", "")]


def options_of(control: Element) -> list[str]:
    """Give the texts that a visitor can choose from; none where anything can be typed."""
    kind = type_of(control)
    if kind == "select":
        return [_option_value(one) for one in _options(control) if "disabled" not in one.attrs]
    if kind in CHOICES:
        return [control.attrs.get("value", "on")]
    return [control.attrs.get("value", "")] if kind in BUTTONS else []


def errors_of(controls: Sequence[Element], page: Element) -> tuple[str, ...]:
    """Give the texts that `aria-describedby` names, where `aria-invalid` is true."""
    invalid = [control for control in controls if control.attrs.get("aria-invalid") == "true"]
    described = {name for control in invalid for name in control.attrs.get("aria-describedby", "").split()}
    return tuple(element.text for element in page.walk() if element.attrs.get("id") in described) if described else ()


def _belongs(control: Element, form: Element) -> bool:
    owner = control.attrs.get("form")
    return form in control.ancestors() if owner is None else owner == form.attrs.get("id")


def _is_disabled(control: Element) -> bool:
    around = (one for one in control.ancestors() if one is control or one.tag == "fieldset")
    return any("disabled" in one.attrs for one in around)


def _options(select: Element) -> list[Element]:
    return [one for one in select.walk() if one.tag == "option"]


def _selected(select: Element) -> list[str]:
    options = _options(select)
    chosen = [one for one in options if "selected" in one.attrs]
    if "multiple" not in select.attrs:
        chosen = chosen[-1:] or [one for one in options if "disabled" not in one.attrs][:1]
    return [_option_value(one) for one in chosen if "disabled" not in one.attrs]


def _option_value(option: Element) -> str:
    return option.attrs.get("value", option.text)
