"""A region: a component that can be rendered again alone."""

from __future__ import annotations

import hashlib
import inspect
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import lru_cache, update_wrapper
from typing import Any, Generic, NamedTuple, ParamSpec, overload

from markupsafe import Markup

from twofold.boundary import Arguments, Where, dumps
from twofold.cache import compile_tags, recording
from twofold.calling import as_async, place_of
from twofold.errors import ConfigurationError, Failure
from twofold.html import html_of
from twofold.observing import span
from twofold.regions.element import check_single, described, kept
from twofold.regions.scene import Scene, current_scene, showing
from twofold.registry import Registry
from twofold.responses import as_failure

P = ParamSpec("P")

regions = Registry("region")

Fallback = Callable[[Failure], Any]
"""Gives what a region shows where it failed."""


REMEMBERED = 1_024
"""For how many plain arguments of a region what they make is kept: a page asks for the same ones again and again."""


class _Made(NamedTuple):
    """A region for some arguments: the values, as decoded JSON, and its key."""

    values: Mapping[str, Any]
    tree: dict[str, Any]
    key: str


class Region(Generic[P]):
    """A region; a page awaits it like the function it was made from, and gets its HTML.

    Attributes:
        id: stable dotted name, `app.page.stock_table`.
        arguments: its compiled parameters.
        tags: templates of the tags that it depends on beside those of its cached reads.
    """

    __name__: str
    __wrapped__: Callable[P, Any]

    def __init__(self, function: Callable[P, Any], *, tags: str | Iterable[str] = (), fallback: Fallback | None = None) -> None:
        where = Where.of(function)
        update_wrapper(self, function)
        self.id = f"{function.__module__}.{function.__qualname__}".replace(".<locals>", "")
        self.aliases: tuple[str, ...] = ()
        self.place = place_of(function)
        self.arguments = Arguments.of(function)
        if self.arguments.file_names:
            raise where.at(self.arguments.file_names[0]).refuse("A region cannot take a file", "Take what you read from it")
        annotations = {name: parameter.annotation for name, parameter in self.arguments.parameters.items()}
        self.tags = compile_tags([tags] if isinstance(tags, str) else list(tags), annotations, str(where))
        self._defaults = {name: one.default for name, one in self.arguments.parameters.items() if not one.is_required}
        self._fallback = _checked(fallback, where)
        self._call = as_async(function)
        # Nothing but the types tells 1 from True. Plain values never change, so that what is made of them may be kept.
        self._made_of_plain = lru_cache(maxsize=REMEMBERED, typed=True)(self._made)
        regions.add(self)

    def __repr__(self) -> str:
        return f"<region {self.id}>"

    async def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Markup:
        """Render the region for these arguments.

        Raises:
            ValidationFailed: an argument does not fit its type.
            ConfigurationError: no page is being rendered, or the function gives no single element.
        """
        made = self._made(*args, **kwargs) if kwargs or not all(map(_is_plain, args)) else self._made_of_plain(*args)
        return await self._render(made, current_scene(self.id))

    async def render(self, values: Mapping[str, Any], scene: Scene) -> Markup:
        """Render the region for validated arguments; what the browser keeps is left out."""
        return await self._render(self._made_with(values), scene)

    def _made(self, *args: Any, **kwargs: Any) -> _Made:
        return self._made_with(self.arguments.validate_python(self.arguments.bind(args, kwargs)))

    def _made_with(self, values: Mapping[str, Any]) -> _Made:
        tree = self.arguments.to_tree(values) if values else {}
        return _Made(values, tree, key_of(self.id, tree))

    async def _render(self, made: _Made, scene: Scene) -> Markup:
        values, tree, key = made
        if key in scene.kept:
            return kept(key)
        trace = scene.call.trace
        step = None if trace is None else trace.begin(key, self.id, tree, scene.within)
        with showing(scene, key), recording() as found, span("region", self.id):
            html = await self._html(values, scene)
        tags = (*self._own_tags(values), *found.tags)
        if step is not None:
            step.end(html, tags)
        if scene.call.setup.settings.is_development:
            check_single(html, self.id)
        if not scene.is_live:
            return html
        return described(html, scene.describe(key, self.id, tree, tags), self.id)

    def _own_tags(self, values: Mapping[str, Any]) -> list[str]:
        return [template.render({**self._defaults, **values}) for template in self.tags]

    async def _html(self, values: Mapping[str, Any], scene: Scene) -> Markup:
        try:
            return html_of(await self._call(**values), self.id)
        except Exception as error:
            if self._fallback is None or isinstance(error, ConfigurationError):
                raise
            return html_of(self._fallback(as_failure(error, scene.call)), self.id)


def _is_plain(argument: object) -> bool:
    return type(argument) is int or (type(argument) is str and len(argument) <= 64)


def key_of(region_id: str, arguments: Mapping[str, Any]) -> str:
    """Give the key of a region: 16 characters, the same for the same arguments wherever they come from."""
    digest = hashlib.sha256(dumps([region_id, arguments])).digest()
    return urlsafe_b64encode(digest[:12]).decode("ascii")


@overload
def region(function: Callable[P, Awaitable[Any]], /) -> Region[P]: ...


@overload
def region(function: Callable[P, Any], /) -> Region[P]: ...


@overload
def region(*, tags: str | Iterable[str] = (), fallback: Fallback | None = None) -> _Decorator: ...


def region(function: Callable[..., Any] | None = None, /, **options: Any) -> Any:
    """Make a component a region: `await stock_table()` in a page gives its HTML, which is one element.

    Its parameters travel to the browser and back, signed, and are typed like those of an action. After an action and after
    other visitors' writes it is rendered again when a tag of the cached reads inside it was revalidated.

    Args:
        tags: what it depends on beside its cached reads; `{sku}` inserts the argument `sku`.
        fallback: gives what is shown where the region fails: `def fallback(failure)`. Without one a failure is the
            page's; where the region is rendered alone, the old content stays and is marked.

    Raises:
        ConfigurationError: at import, for a parameter whose type cannot cross the boundary, or an unknown one in a tag.
    """
    if function is not None:
        return Region(function)
    return lambda function: Region(function, **options)


class _Decorator:
    """What `@region(...)` gives; for type checkers only."""

    @overload
    def __call__(self, function: Callable[P, Awaitable[Any]], /) -> Region[P]: ...

    @overload
    def __call__(self, function: Callable[P, Any], /) -> Region[P]: ...

    def __call__(self, function: Callable[..., Any], /) -> Any:
        """Make the function a region."""
        raise NotImplementedError


def _checked(fallback: Fallback | None, where: Where) -> Fallback | None:
    if fallback is not None and (inspect.iscoroutinefunction(fallback) or len(inspect.signature(fallback).parameters) != 1):
        raise where.refuse("fallback= takes the failure and gives HTML at once", "Write `def fallback(failure): ...`")
    return fallback
