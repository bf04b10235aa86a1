"""A page as a browser shows it after all redirects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx2

from twofold.actions import Action
from twofold.testing.forms import PageForm
from twofold.testing.html import Element, parse


class Page:
    """A page as a browser shows it after all redirects; a refusal is a page too.

    Attributes:
        status: of the last response.
        url: what the address bar shows, absolute.
        text: the HTML.
        history: the responses that led here, oldest first.
    """

    def __init__(self, response: httpx2.Response, history: Sequence[httpx2.Response] = ()) -> None:
        self.response = response
        self.status = response.status_code
        self.url = str(response.url)
        self.text = response.text
        self.headers = response.headers
        self.history = tuple(history)
        self._root: Element = parse(self.text)

    def __repr__(self) -> str:
        return f"<Page {self.status} {self.url}>"

    @property
    def redirected(self) -> bool:
        """Whether redirects led here."""
        return bool(self.history)

    @property
    def path(self) -> str:
        """Path and query of the URL."""
        return self.response.url.raw_path.decode("ascii")

    @property
    def title(self) -> str:
        """The text of the title."""
        return next((element.text for element in self._root.walk() if element.tag == "title"), "")

    @property
    def alerts(self) -> tuple[str, ...]:
        """The texts of all elements with `role="alert"`."""
        return tuple(element.text for element in self._root.walk() if element.attrs.get("role") == "alert")

    @property
    def forms(self) -> tuple[PageForm, ...]:
        """Every form, in the order of the page."""
        return tuple(self._form(element) for element in self._root.walk() if element.tag == "form")

    def text_of(self, element_id: str) -> str:
        """Give the text of an element, white space collapsed.

        Raises:
            LookupError: no element has this id.
        """
        return self._element(element_id).text

    def form(
        self, action: Action[..., Any] | str | None = None, /, *, index: int | None = None, within: str | None = None
    ) -> PageForm:
        """Give one form.

        Args:
            action: that it calls, or the id, whole or its last part (`"reserve_stock"`); any form when left out.
            index: of several that fit, counted from 0.
            within: id of the form, or of an element around it.

        Raises:
            LookupError: none fits, or several do and `index` does not say which.
        """
        around = self._root if within is None else self._element(within)
        wanted = action.id if isinstance(action, Action) else action
        forms = [self._form(element) for element in around.walk() if element.tag == "form"]
        fitting = [form for form in forms if _calls(form, wanted)]
        if not fitting or (index is not None and index >= len(fitting)):
            there = ", ".join(form.action_id or form.url for form in forms) or "none"
            raise LookupError(f"{self!r} has no such form for {wanted or 'anything'}; it has {there}")
        if index is None and len(fitting) > 1:
            raise LookupError(f"{self!r} has {len(fitting)} forms for {wanted or 'anything'}; say index=0 or within=")
        return fitting[index or 0]

    def _form(self, element: Element) -> PageForm:
        return PageForm(element, self._root, str(self.response.url.join(element.attrs.get("action", ""))))

    def _element(self, element_id: str) -> Element:
        for element in self._root.walk():
            if element.attrs.get("id") == element_id:
                return element
        raise LookupError(f"{self!r} has no element with the id {element_id!r}")


def _calls(form: PageForm, wanted: str | None) -> bool:
    found = form.action_id
    return wanted is None or (found is not None and (found == wanted or found.endswith(f".{wanted}")))
