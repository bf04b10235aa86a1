"""Registration: folders and decorators into one route tree."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from starlette.types import ASGIApp

from twofold.actions import registry
from twofold.calling import place_of
from twofold.discovery import FailurePage, Folder, FoundRoute, Surroundings, discover, flatten, kind_in, surroundings
from twofold.endpoints import Endpoint
from twofold.errors import ConfigurationError
from twofold.handlers import Handler, SocketHandler
from twofold.middleware import Middleware, check_middleware
from twofold.pages import Chain, ErrorPage, Layout, Page
from twofold.routing import METHODS, Kind, Node, RouteTree

F = TypeVar("F", bound=Callable[..., Any])
RESERVED = "/_twofold"


class Registration:
    """Everything that was registered, and the tree that it makes.

    Args:
        package: of the folders; None without any.
        middleware: around every route.
    """

    def __init__(self, package: str | None, middleware: Sequence[Middleware]) -> None:
        for one in middleware:
            check_middleware(one, "App(middleware=)")
        self.tree: RouteTree[Endpoint] = RouteTree()
        self.middleware = tuple(middleware)
        self.root = discover(package) if package is not None else None
        self._layouts: list[Callable[..., Any]] = []
        self._not_found: list[FailurePage] = []
        self._errors: list[FailurePage] = []
        self._nodes: dict[Any, Node[Endpoint]] = {}
        self._compiled: dict[tuple[Callable[..., Any], tuple[str, ...]], Layout] = {}
        for found in flatten(self.root) if self.root is not None else []:
            self._add_found(found)

    def page(self, pattern: str) -> Callable[[F], F]:
        """Register a page by decorator."""

        def register(function: F) -> F:
            node = self._node(pattern, function)
            self._endpoint(node).add_page(Page(function, node.parameter_names))
            return function

        return register

    def handler(self, pattern: str, method: str) -> Callable[[F], F]:
        """Register a handler for one method, or WEBSOCKET, by decorator."""

        def register(function: F) -> F:
            self._add_handler(self._node(pattern, function), method, function)
            return function

        return register

    def layout(self, function: F) -> F:
        """Register the layout around every page."""
        self._layouts.append(function)
        return function

    def not_found(self, function: F) -> F:
        """Register the page for what is not there."""
        self._not_found.insert(0, FailurePage(function, tuple(self._layouts), place_of(function)))
        return function

    def error(self, function: F) -> F:
        """Register the page for failures."""
        self._errors.insert(0, FailurePage(function, tuple(self._layouts), place_of(function)))
        return function

    def mount(self, prefix: str, app: ASGIApp) -> None:
        """Register another ASGI app."""
        self.tree.mount(prefix, Endpoint(prefix, repr(app), mounted=app), repr(app))

    def node_of(self, function: Any) -> Node[Endpoint]:
        """Give the node where a function answers.

        Raises:
            ConfigurationError: it answers nowhere.
        """
        try:
            return self._nodes[function]
        except KeyError:
            raise ConfigurationError(f"{function!r} is no page or route handler of this app") from None

    def compile(self) -> Chain:
        """Put layouts, error pages and middleware around every route.

        Returns:
            What surrounds a path where no route is.
        """
        found = {route.pattern: route for route in flatten(self.root)} if self.root is not None else {}
        for node in self.tree.nodes:
            if node.value is not None:
                around = found[node.pattern].surroundings if node.pattern in found else self._of_root()
                node.value.middleware = (*self.middleware, *around.middlewares)
                node.value.surroundings = self._chain(around, node.parameter_names)
                node.value.compile()
        self._guard_actions()
        return self._chain(self._of_root(), ())

    @property
    def root_middleware(self) -> tuple[Middleware, ...]:
        """The middleware around what is in no folder: the app's, then the root folder's."""
        return (*self.middleware, *self._of_root().middlewares)

    def _of_root(self) -> Surroundings:
        """What surrounds whatever is in no folder of its own: the root folder's, so that its guards hold there too."""
        return surroundings(self.root) if self.root is not None else Surroundings()

    def _chain(self, around: Surroundings, path_names: Sequence[str]) -> Chain:
        names = tuple(path_names)
        outer = tuple(self._layouts)
        return Chain(
            self._compiled_layouts((*outer, *around.layouts), names),
            self._error_pages(around.not_found, outer, names) + self._error_pages(self._not_found, (), names),
            self._error_pages(around.errors, outer, names) + self._error_pages(self._errors, (), names),
        )

    def _compiled_layouts(self, functions: Sequence[Callable[..., Any]], names: tuple[str, ...]) -> tuple[Layout, ...]:
        for function in functions:
            if (function, names) not in self._compiled:
                self._compiled[function, names] = Layout(function, names)
        return tuple(self._compiled[function, names] for function in functions)

    def _error_pages(
        self, found: Sequence[FailurePage], outer: tuple[Callable[..., Any], ...], names: tuple[str, ...]
    ) -> tuple[ErrorPage, ...]:
        return tuple(ErrorPage(one.function, self._compiled_layouts((*outer, *one.layouts), names), names) for one in found)

    def _guard_actions(self) -> None:
        """Bind the middleware of a folder to the actions in its modules, whatever URL they are called at."""
        guards = dict(_folder_guards(self.root, Surroundings())) if self.root is not None else {}
        for action in registry:
            around = guards.get(action.__module__, ())
            action.guards = (*(one for one in around if one not in action.middleware), *action.middleware)

    def _add_found(self, found: FoundRoute) -> None:
        node = self._claimed(self.tree.node(found.pattern, found.source))
        if found.page is not None:
            self._endpoint(node).add_page(Page(found.page, node.parameter_names))
            self._nodes[found.page] = node
        for method, function in found.handlers.items():
            self._add_handler(node, method, function)

    def _add_handler(self, node: Node[Endpoint], method: str, function: Callable[..., Any]) -> None:
        if method == "WEBSOCKET":
            self._endpoint(node).add_socket(SocketHandler(function, node.parameter_names))
        elif method in METHODS:
            self._endpoint(node).add_handler(Handler(function, method, node.parameter_names))
        else:
            raise ConfigurationError(f"{place_of(function)}: no handler answers {method!r}; use {', '.join(METHODS)}")
        self._nodes[function] = node

    def _node(self, pattern: str, function: Callable[..., Any]) -> Node[Endpoint]:
        node = self._claimed(self.tree.node(pattern, place_of(function)))
        for segment in node.segments:
            taken = kind_in(function, segment.text) if segment.kind is not Kind.STATIC else None
            if taken is not None and taken is not segment.kind:
                raise ConfigurationError(
                    f"{place_of(function)}: {segment} in {pattern!r} is {segment.kind.value}, but the annotation of"
                    f" `{segment.text}` takes {taken.value}; let both say the same"
                )
        self._nodes[function] = node
        return node

    def _claimed(self, node: Node[Endpoint]) -> Node[Endpoint]:
        if node.pattern == RESERVED or node.pattern.startswith(RESERVED + "/"):
            raise ConfigurationError(f"{node.source}: {RESERVED} is the framework's; choose another prefix")
        return node

    def _endpoint(self, node: Node[Endpoint]) -> Endpoint:
        if node.value is None:
            node.value = Endpoint(node.pattern, node.source)
        return node.value


def _folder_guards(folder: Folder, above: Surroundings) -> list[tuple[str, tuple[Middleware, ...]]]:
    here = surroundings(folder, above)
    own = [(module.__name__, here.middlewares) for module in folder.modules]
    return [*own, *(pair for child in folder.children for pair in _folder_guards(child, here))]
