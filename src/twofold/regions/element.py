"""A region's HTML is one element, so that a browser can find it, keep it and replace it."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from markupsafe import Markup, escape

from twofold.errors import ConfigurationError

DESCRIPTOR = "data-tf-region"
KEEP = "data-tf-keep"

_START = re.compile(r"\s*<([A-Za-z][^\s/>]*)")
_VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})


def described(html: Markup, descriptor: str, owner: str) -> Markup:
    """Put a descriptor on the element of a region.

    Raises:
        ConfigurationError: it is not one element. What stands after a first one is found in development only: to look
            would take longer than to render.
    """
    start = _START.match(html)
    if start is None or not _ends(html, start[1]):
        raise not_one_element(owner)
    at = start.end()
    return Markup(f'{html[:at]} {DESCRIPTOR}="{descriptor}"{html[at:]}')  # noqa: S704  # twofold: ignore[TW018] base64 and HTML


def kept(key: str) -> Markup:
    """Stand for a region that the browser has as it is."""
    return Markup(f'<template {KEEP}="{escape(key)}"></template>')  # noqa: S704  # twofold: ignore[TW018] escaped


def check_single(html: str, owner: str) -> None:
    """Look through the whole HTML of a region.

    Raises:
        ConfigurationError: it is not one element.
    """
    parser = _TopLevel()
    parser.feed(html)
    parser.close()
    if parser.count != 1 or parser.has_text:
        raise not_one_element(owner)


def not_one_element(owner: str) -> ConfigurationError:
    """Give the refusal."""
    return ConfigurationError(f"the region {owner} has to give one element, with everything else inside it: wrap it in a <div>")


def _ends(html: str, tag: str) -> bool:
    return tag.lower() in _VOID or html.rstrip().lower().endswith(f"</{tag.lower()}>")


class _TopLevel(HTMLParser):
    """Counts the elements at the top, and sees text there."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0
        self.has_text = False
        self._depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002  the base has it
        self.count += self._depth == 0
        self._depth += tag not in _VOID

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002  the base has it
        self.count += self._depth == 0

    def handle_endtag(self, tag: str) -> None:
        self._depth = max(0, self._depth - (tag not in _VOID))

    def handle_data(self, data: str) -> None:
        self.has_text |= self._depth == 0 and bool(data.strip())
