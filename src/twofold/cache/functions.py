"""Cached functions: typed, keyed by their arguments, tagged."""

from __future__ import annotations

import asyncio
import inspect
import math
from collections.abc import Callable, Coroutine, Hashable, Sequence
from functools import partial, update_wrapper
from typing import Any, Generic, Never, ParamSpec, Protocol, TypeVar, cast, overload
from uuid import UUID

from twofold.boundary import Arguments, Shape, Where
from twofold.boundary.parameters import result_of
from twofold.cache.keys import Keys, canonical, code_version
from twofold.cache.reading import Reader, Wanted
from twofold.cache.tags import TagTemplate, compile_tags
from twofold.errors import ValidationFailed

P = ParamSpec("P")
T = TypeVar("T")

_ATOMS = frozenset({str, int, bool, type(None), UUID})
"""Types whose equal values of the same type are the same argument, always."""

_MAX_KNOWN = 1024
"""How many calls a function remembers the key of."""

_MAX_KNOWN_BYTES = 1024
"""How much of arguments and tags is worth remembering."""


class CachedFunction(Generic[P, T]):
    """A function whose values are kept; made by `cached`.

    Calling it validates the arguments, and gives each caller a value of its own, read from the stored JSON: what one
    caller does to it, no other sees. The function itself runs with arguments read from the JSON that made the key.

    Attributes:
        name: module and qualified name.
        tags: the templates, as they were written.
        ttl: seconds that a value is fresh; None for ever.
        stale: seconds after them that it is served while a new one is computed.
        max_staleness: seconds for which a read in another process may miss a revalidation.
    """

    __name__: str
    __wrapped__: Callable[P, Any]

    def __init__(
        self, function: Callable[P, Any], *, tags: str | Sequence[str], ttl: float | None, stale: float, max_staleness: float
    ) -> None:
        where = Where.of(function)
        _check_kind(function, where)
        _check_times(ttl, stale, where)
        if max_staleness != 0 and not _is_seconds(max_staleness):
            raise where.refuse(f"max_staleness={max_staleness!r} is no number of seconds", "Give zero or more")
        update_wrapper(self, function)
        self.name = f"{function.__module__}.{function.__qualname__}"
        self.ttl = ttl
        self.stale = stale
        self.max_staleness = max_staleness
        self._arguments = Arguments.of(function)
        if self._arguments.file_names:
            raise where.at(self._arguments.file_names[0]).refuse(
                "A cached function cannot take a file", "Take what you read from it"
            )
        self._result: Shape[T] = Shape(result_of(function), where.at("return"))
        annotations = {name: parameter.annotation for name, parameter in self._arguments.parameters.items()}
        self._templates: tuple[TagTemplate, ...] = compile_tags(tags, annotations, str(where))
        self.tags = tuple(template.text for template in self._templates)
        if not self.tags and ttl is None:
            raise where.refuse("Without tags and ttl its values would be kept for ever", 'Give tags=["…"], ttl=seconds, or both')
        self._defaults = {name: one.default for name, one in self._arguments.parameters.items() if not one.is_required}
        self._keys = Keys(self.name, code_version(function), self._arguments.schema_hash, self._result.schema_hash, *self.tags)
        self._is_async = inspect.iscoroutinefunction(function)
        self._known: dict[Hashable, Wanted] = {}
        self.reader = Reader(self.name, ttl, stale, max_staleness)

    def __repr__(self) -> str:
        return f"<cached function {self.name}>"

    async def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        """Give the value for these arguments, kept or computed."""
        value = await self.reader.read(self._wanted(args, kwargs))
        return self._result.read_back(value)

    def _wanted(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Wanted:
        values = (*args, *kwargs.values()) if kwargs else args
        kinds = tuple(map(type, values))
        if not _ATOMS.issuperset(kinds):
            return self._address(args, kwargs)
        spelling = values, kinds, tuple(kwargs)
        wanted = self._known.get(spelling)
        if wanted is None:
            wanted = self._address(args, kwargs)
            if wanted.size_bytes <= _MAX_KNOWN_BYTES:
                self._remember(spelling, wanted)
        return wanted

    def _address(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Wanted:
        given = self._arguments.validate_python(self._arguments.bind(args, kwargs))
        arguments = {**self._defaults, **given}
        tags = tuple([template.render(arguments) for template in self._templates])
        text = canonical(self._arguments.to_tree(arguments))
        size_bytes = len(text) + sum(map(len, tags))
        return Wanted(self._keys.key(text), tags, partial(self._compute, text), size_bytes)

    def _remember(self, spelling: Hashable, wanted: Wanted) -> None:
        # Spares the next call with these arguments their validation, which costs more than the rest of a hit.
        if len(self._known) >= _MAX_KNOWN:
            self._known.clear()
        self._known[spelling] = wanted

    async def _compute(self, text: bytes) -> bytes:
        arguments = _read_back(self._arguments.validate_json, text, f"the arguments of {self.name}")
        function: Callable[..., Any] = self.__wrapped__
        value = await (function(**arguments) if self._is_async else asyncio.to_thread(function, **arguments))
        stored = self._result.to_json(value)
        _read_back(self._result.validate_json, stored, f"the result of {self.name}")
        return stored


class Decorator(Protocol):
    """What `cached` gives: it takes an async function, or a sync one, which runs in a thread."""

    @overload
    def __call__(self, function: Callable[P, Coroutine[Any, Any, T]], /) -> CachedFunction[P, T]: ...

    @overload
    def __call__(self, function: Callable[P, T], /) -> CachedFunction[P, T]: ...


def cached(
    *misplaced: Never, tags: str | Sequence[str] = (), ttl: float | None = None, stale: float = 0, max_staleness: float = 0
) -> Decorator:
    """Keep the values of a function, by its arguments, until a tag is revalidated or their time is over.

        @cached(tags=["stock:{sku}"], ttl=300)
        async def level(sku: str) -> Level: ...

    Args:
        tags: one or several; `{sku}` inserts the argument `sku`. Revalidating any of them makes the value outdated.
        ttl: seconds that a value stays fresh, counted from the start of its computation; None for ever.
        stale: seconds after `ttl` that the old value is served while one new one is computed; never after a revalidation.
        max_staleness: seconds for which a read may miss a revalidation by another process. Zero, the default, means never,
            and costs a round trip to the shared store for each read; from about 0.2 on, most reads cost none.

    Raises:
        ConfigurationError: at import, for a missing or unfit annotation, an unknown parameter in a tag, neither tags nor ttl.
    """
    if misplaced:
        raise Where.of(cast(Any, misplaced[0])).refuse(
            "@cached needs to know when a value is outdated", 'Write @cached(tags=["…"]) or @cached(ttl=seconds)'
        )

    def decorate(function: Callable[..., Any], /) -> CachedFunction[..., Any]:
        return CachedFunction(function, tags=tags, ttl=ttl, stale=stale, max_staleness=max_staleness)

    return cast(Decorator, decorate)


def _read_back(read: Callable[[bytes], T], text: bytes, what: str) -> T:
    """Read what was just written: what cannot be read is the server's fault, not the caller's."""
    try:
        return read(text)
    except ValidationFailed as error:
        raise TypeError(f"{what} cannot be read back from JSON: {dict(error.fields or {})}") from error


def _check_kind(function: Callable[..., Any], where: Where) -> None:
    if isinstance(function, CachedFunction):
        raise where.refuse("The function is cached already", "Use one @cached")
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise where.refuse("A generator gives its values once", "Return a list")
    if not hasattr(function, "__qualname__"):
        raise where.refuse("Only a function can be cached", "Write `async def`")


def _check_times(ttl: float | None, stale: float, where: Where) -> None:
    if ttl is not None and not _is_seconds(ttl):
        raise where.refuse(
            f"ttl={ttl!r} is no number of seconds", "Give a number above zero; leave it out to keep values for ever"
        )
    if stale != 0 and not _is_seconds(stale):
        raise where.refuse(f"stale={stale!r} is no number of seconds", "Give zero or more")
    if stale and ttl is None:
        raise where.refuse("stale= prolongs ttl=, and there is none", "Give ttl= too")


def _is_seconds(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < math.inf
