"""A page's HTML as a tree of elements: as much of the parsing rules as server-rendered pages need.

Source: WHATWG HTML sections 13.1.2.4 (optional tags, as far as they matter to forms) and 13.2.6.
"""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser

VOID = frozenset({
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr",
})  # fmt: skip

_INLINE = frozenset({
    "a", "abbr", "b", "bdi", "cite", "code", "data", "del", "dfn", "em", "i", "ins", "kbd", "mark", "q", "s", "samp", "small",
    "span", "strong", "sub", "sup", "time", "u", "var", "wbr",
})  # fmt: skip
"""Elements that a reader does not see as a break in the text."""

_CLOSED_BY = {
    "option": {"option", "optgroup"},
    "li": {"li"},
    "tr": {"tr", "tbody", "tfoot"},
    "td": {"td", "th", "tr", "tbody", "tfoot"},
    "th": {"td", "th", "tr", "tbody", "tfoot"},
    "dt": {"dt", "dd"},
    "dd": {"dt", "dd"},
    "p": {
        "p",
        "form",
        "fieldset",
        "div",
        "section",
        "article",
        "ul",
        "ol",
        "dl",
        "table",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "pre",
    },
}
"""Elements whose end tag may be left out, and what ends them then."""


class Element:
    """One element of a page, with what is in it."""

    def __init__(self, tag: str, attrs: dict[str, str], parent: Element | None) -> None:
        self.tag = tag
        self.attrs = attrs
        self.parent = parent
        self.children: list[Element | str] = []

    def __repr__(self) -> str:
        return f"<{' '.join([self.tag, *(f'{name}={value!r}' for name, value in self.attrs.items())])}>"

    def walk(self) -> Iterator[Element]:
        """Give this element and all below it, in the order of the page."""
        yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child.walk()

    def ancestors(self) -> Iterator[Element]:
        """Give this element and all around it, from the inside out."""
        element: Element | None = self
        while element is not None:
            yield element
            element = element.parent

    @property
    def raw_text(self) -> str:
        """The text in it, with its white space."""
        return "".join(child if isinstance(child, str) else child.raw_text for child in self.children)

    @property
    def text(self) -> str:
        """The text in it as a reader sees it: white space collapsed, a space between blocks."""
        return " ".join(self._spaced().split())

    def _spaced(self) -> str:
        text = "".join(child if isinstance(child, str) else child._spaced() for child in self.children)  # noqa: SLF001
        return text if self.tag in _INLINE else f" {text} "


def parse(html: str) -> Element:
    """Read a page; whatever it holds, there is a tree."""
    parser = _Parser()
    parser.feed(html)
    parser.close()
    return parser.root


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = self._here = Element("#document", {}, None)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        while tag in _CLOSED_BY.get(self._here.tag, ()) and self._here.parent is not None:
            self._here = self._here.parent
        # Of an attribute that stands twice, the first counts.
        element = Element(tag, {name: value or "" for name, value in reversed(attrs)}, self._here)
        self._here.children.append(element)
        if tag not in VOID:
            self._here = element

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        for element in self._here.ancestors():
            if element.tag == tag and element.parent is not None:
                self._here = element.parent
                return

    def handle_data(self, data: str) -> None:
        self._here.children.append(data)
