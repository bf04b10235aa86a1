"""The tree of folders as a list of routes, each with what surrounds it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType, ModuleType

from twofold.discovery.entries import Function, function_of, handlers_of, source_of
from twofold.discovery.folders import Folder
from twofold.errors import ConfigurationError
from twofold.routing.tree import RouteTree


@dataclass(frozen=True, slots=True)
class FailurePage:
    """A `not_found` or `error` page.

    Attributes:
        layouts: what wraps it, outermost first: the layouts of its own folder and of those above.
    """

    function: Function
    layouts: tuple[Function, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a place in the app inherits from its folder and the folders above.

    Attributes:
        layouts: outermost first.
        middlewares: outermost first.
        not_found: nearest first.
        errors: nearest first; the next one answers when an error page fails itself.
    """

    layouts: tuple[Function, ...] = ()
    middlewares: tuple[Function, ...] = ()
    not_found: tuple[FailurePage, ...] = ()
    errors: tuple[FailurePage, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundRoute:
    """A page, or the handlers of a route.py, with its pattern.

    Attributes:
        page: None for a route.py.
        handlers: by method (and WEBSOCKET); empty for a page.
        source: "file:line" of the page or of the first handler.
    """

    pattern: str
    page: Function | None
    handlers: Mapping[str, Function]
    surroundings: Surroundings
    source: str


def flatten(root: Folder) -> list[FoundRoute]:
    """List the routes of an app, parents before children.

    Raises:
        ConfigurationError: a routing file lacks its function, or two folders claim the same path; both are named.
    """
    found = list(_routes(root, Surroundings()))
    _refuse_conflicts(found)
    return found


def surroundings(folder: Folder, above: Surroundings | None = None) -> Surroundings:
    """Add a folder's layout, middleware and failure pages to what it inherits.

    For the root folder alone: what surrounds a path that no route matches.
    """
    inherited = Surroundings() if above is None else above
    layouts = inherited.layouts + _functions(folder.layout, "layout")
    return replace(
        inherited,
        layouts=layouts,
        middlewares=inherited.middlewares + _functions(folder.middleware, "middleware"),
        not_found=_failure_pages(folder.not_found, "not_found", layouts) + inherited.not_found,
        errors=_failure_pages(folder.error, "error", layouts) + inherited.errors,
    )


def _routes(folder: Folder, above: Surroundings) -> Iterator[FoundRoute]:
    around = surroundings(folder, above)
    if folder.page is not None:
        page = function_of(folder.page, "page")
        yield FoundRoute(folder.pattern, page, MappingProxyType({}), around, source_of(page, folder.page))
    if folder.route is not None:
        handlers = handlers_of(folder.route)
        first = source_of(next(iter(handlers.values())), folder.route)
        yield FoundRoute(folder.pattern, None, handlers, around, first)
    for child in folder.children:
        yield from _routes(child, around)


def _functions(module: ModuleType | None, name: str) -> tuple[Function, ...]:
    return () if module is None else (function_of(module, name),)


def _failure_pages(module: ModuleType | None, name: str, layouts: tuple[Function, ...]) -> tuple[FailurePage, ...]:
    return tuple(FailurePage(function, layouts, source_of(function, module)) for function in _functions(module, name))


def _refuse_conflicts(found: list[FoundRoute]) -> None:
    tree: RouteTree[FoundRoute] = RouteTree()
    for route in found:
        node = tree.node(route.pattern, route.source)
        if node.value is not None:
            raise ConfigurationError(
                f"{route.source}: {node.value.source} answers {route.pattern} already; move one of them to another folder,"
                " or give one of their folders a segment"
            )
        node.value = route
