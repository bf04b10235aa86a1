"""A page: one component and the layouts around it, rendered for a GET or after a failed action."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from starlette.responses import Response

from twofold.binding import Binder
from twofold.boundary import Where
from twofold.cache import recording
from twofold.call import Call
from twofold.calling import as_async, inline, place_of
from twofold.errors import Failure, Redirect
from twofold.html import html_of
from twofold.media import HTML
from twofold.pages.interactive import interactive
from twofold.regions import PAGE, scene_of
from twofold.responses import Prepared, redirection

PRIVATE = (b"cache-control", b"private, no-cache")
"""A page holds its visitor's forms: a shared cache must not keep it, and the browser's own asks again."""


@dataclass(frozen=True, slots=True)
class Chain:
    """What surrounds a page or handler because of the folder it is in.

    Args:
        layouts: outermost first.
        not_found: pages for a NotFound, nearest first.
        errors: pages for every other failure, and for a NotFound where `not_found` has none; nearest first.
    """

    layouts: tuple[Layout, ...] = ()
    not_found: tuple[ErrorPage, ...] = ()
    errors: tuple[ErrorPage, ...] = ()


class Component:
    """A compiled page, layout or error page.

    Args:
        given: parameters that the framework fills by name (`children`, `error`).
    """

    def __init__(self, function: Callable[..., Any], path_names: Sequence[str], given: tuple[str, ...] = ()) -> None:
        self.function = function
        self.place = place_of(function)
        self.binder = Binder(function, path_names, skip=given)
        self._call = self._caller(function)
        self._owner = f"{function.__module__}.{function.__qualname__}"

    @staticmethod
    def _caller(function: Callable[..., Any]) -> Callable[..., Any]:
        # A sync layout or error page only writes HTML: a thread would cost more than it does.
        return inline(function)

    async def render(self, call: Call, stack: AsyncExitStack, **given: Any) -> Markup | Redirect | Response:
        """Give the component's HTML, or what it wants to be answered instead.

        Args:
            stack: closes dependencies, which a page shares with its layouts.
        """
        returned = await self._call(**given, **await self.binder.values(call, stack))
        return returned if isinstance(returned, (Redirect, Response)) else html_of(returned, self._owner)


class Layout(Component):
    """A component around the pages of its folder and below: `def layout(children)`."""

    def __init__(self, function: Callable[..., Any], path_names: Sequence[str]) -> None:
        super().__init__(function, path_names, ("children",))
        _require(function, "children", "def layout(children)")


class ErrorPage(Component):
    """A component for a failure: `def error(error)` or `def not_found()`."""

    def __init__(self, function: Callable[..., Any], layouts: tuple[Layout, ...], path_names: Sequence[str] = ()) -> None:
        takes_error = "error" in inspect.signature(function).parameters
        super().__init__(function, path_names, ("error",) if takes_error else ())
        self.layouts = layouts
        self._takes_error = takes_error

    async def respond(self, call: Call, failure: Failure) -> Response:
        """Answer with a failure inside the layouts."""
        given = {"error": failure} if self._takes_error else {}
        async with scene_of(call, is_live=False), AsyncExitStack() as stack:
            content = await self.render(call, stack, **given)
            return as_response(await within(self.layouts, call, stack, content), failure.status)


class Page(Component):
    """The component of a route; a sync one runs in a thread, because it may read from a database."""

    @staticmethod
    def _caller(function: Callable[..., Any]) -> Callable[..., Any]:
        return as_async(function)

    async def respond(
        self, call: Call, layouts: Sequence[Layout], status: int = 200, kept: frozenset[str] = frozenset()
    ) -> Response:
        """Answer with the page inside its layouts.

        Args:
            status: 4xx where the page shows a failed action.
            kept: keys of the regions that the browser has as they are.
        """
        async with scene_of(call, kept) as scene, AsyncExitStack() as stack:
            step = None if call.trace is None else call.trace.begin(PAGE, call.pattern)
            with recording() as found:
                content = await within(layouts, call, stack, await self.render(call, stack))
            if step is not None and isinstance(content, Markup):
                step.end(content, found.tags)
            if isinstance(content, Markup) and call.is_interactive:
                content = interactive(content, call, scene.describe_page(found))
            return as_response(content, status)


async def within(
    layouts: Sequence[Layout], call: Call, stack: AsyncExitStack, content: Markup | Redirect | Response
) -> Markup | Redirect | Response:
    """Put layouts around a component's HTML, innermost first."""
    for layout in reversed(layouts):
        if not isinstance(content, Markup):
            return content
        content = await layout.render(call, stack, children=content)
    return content


def as_response(content: Markup | Redirect | Response, status: int) -> Response:
    """Make the response of rendered content."""
    if isinstance(content, Redirect):
        return redirection(content)
    if isinstance(content, Response):
        return content
    return Prepared(content.encode(), status, HTML, [PRIVATE])


def _require(function: Callable[..., Any], name: str, form: str) -> None:
    if name not in inspect.signature(function).parameters:
        raise Where.of(function).refuse(f"it does not take `{name}`", f"Write `{form}`")
