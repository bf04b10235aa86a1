"""A browser with JavaScript off, as far as HTTP tests need one: it keeps cookies, reads forms and submits them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

import httpx2

VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})


@dataclass
class Element:
    """An element of a page."""

    tag: str
    attrs: dict[str, str]
    children: list[Element | str] = field(default_factory=list)

    @property
    def id(self) -> str:
        return self.attrs.get("id", "")

    @property
    def text(self) -> str:
        """All text inside, with single spaces."""
        return " ".join("".join(self._texts()).split())

    def all(self, tag: str, css_class: str = "", **attrs: str) -> list[Element]:
        """Give the descendants of a tag that have a class and attributes."""
        wanted = {name.replace("_", "-"): value for name, value in attrs.items()}
        return [
            one
            for one in self._descendants()
            if one.tag == tag
            and (not css_class or css_class in one.attrs.get("class", "").split())
            and wanted.items() <= one.attrs.items()
        ]

    def one(self, tag: str, css_class: str = "", **attrs: str) -> Element:
        """Give the only one."""
        found = self.all(tag, css_class, **attrs)
        if len(found) != 1:
            raise LookupError(f"{len(found)} times <{tag}> {css_class} {attrs} in: {self.text}")
        return found[0]

    def alerts(self) -> list[str]:
        return [one.text for one in self.all("p", role="alert")]

    def notices(self) -> list[str]:
        return [one.text for one in self.all("p", role="status")]

    def _descendants(self) -> Iterator[Element]:
        for child in self.children:
            if isinstance(child, Element):
                yield child
                yield from child._descendants()

    def _texts(self) -> Iterator[str]:
        for child in self.children:
            yield from [child] if isinstance(child, str) else child._texts()


@dataclass
class Page(Element):
    """What a response showed."""

    response: httpx2.Response = field(kw_only=True)

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def url(self) -> httpx2.URL:
        return self.response.request.url


class _Reader(HTMLParser):
    def __init__(self, root: Element) -> None:
        super().__init__()
        self.open = [root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        if tag != "template":  # nothing inside one is on the page
            self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        closed = self.open.pop()
        if closed.tag != tag:
            raise ValueError(f"<{closed.tag}> is closed by </{tag}>")

    def handle_data(self, text: str) -> None:
        self.open[-1].children.append(text)


def read(response: httpx2.Response) -> Page:
    """Read a response as HTML.

    Raises:
        ValueError: elements are not closed in order.
    """
    page = Page("", {}, response=response)
    reader = _Reader(page)
    reader.feed(response.text)
    reader.close()
    if len(reader.open) != 1:
        raise ValueError(f"<{reader.open[-1].tag}> is not closed")
    return page


@dataclass(frozen=True)
class Submission:
    """A form, filled in: what the browser would send."""

    url: str
    fields: Mapping[str, str]


class Visitor:
    """Someone who reads pages and submits their forms.

    Attributes:
        page: the page before her.
    """

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self.client = client
        self.page: Page

    async def get(self, url: str) -> Page:
        """Follow a link, and redirects."""
        response = await self.client.get(url, headers={"Sec-Fetch-Site": "same-origin"}, follow_redirects=True)
        self.page = read(response)
        return self.page

    async def reload(self) -> Page:
        return await self.get(str(self.page.url))

    def fill(self, button: str, inside: str | None = None, **fields: str) -> Submission:
        """Fill the form that has the button.

        Args:
            inside: id of the element that holds the form, where the page has several such buttons.
        """
        place = self.page if inside is None else next(one for one in self.page._descendants() if one.id == inside)
        form = next(one for one in place.all("form") if any(button in found.text for found in one.all("button")))
        sent = {one.attrs["name"]: one.attrs.get("value", "") for one in form.all("input")}
        unknown = fields.keys() - sent.keys()
        if unknown:
            raise LookupError(f"the form has no field {unknown}")
        return Submission(urljoin(str(self.page.url), form.attrs["action"]), {**sent, **fields})

    async def post(self, submission: Submission, site: str = "same-origin") -> httpx2.Response:
        """Send a form and follow nothing."""
        return await self.client.post(submission.url, data=dict(submission.fields), headers={"Sec-Fetch-Site": site})

    async def submit(self, button: str, inside: str | None = None, **fields: str) -> Page:
        """Fill and send a form, and follow where it leads."""
        return await self.send(self.fill(button, inside, **fields))

    async def send(self, submission: Submission) -> Page:
        """Send a form and follow where it leads."""
        response = await self.post(submission)
        if response.is_redirect:
            return await self.get(urljoin(submission.url, response.headers["location"]))
        self.page = read(response)
        return self.page
