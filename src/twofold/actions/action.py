"""A server action: a typed function that components call directly, from Python, a form or the typed client."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, nullcontext
from functools import cached_property
from typing import Any, Generic, ParamSpec, TypeVar

from twofold.actions import declarations as declared
from twofold.actions.declarations import Concurrency, DeclaredErrors
from twofold.actions.form import Form
from twofold.actions.registry import registry
from twofold.boundary import Arguments, Shape, Where
from twofold.cache import collected, revalidate_tag, revalidation
from twofold.calling import as_async, place_of
from twofold.errors import ContractError, Failure
from twofold.limiting import Limit, limits_of
from twofold.locks import Busy, hold
from twofold.middleware import Middleware, check_middleware
from twofold.observing import LISTENER, span
from twofold.request_context import Served

P = ParamSpec("P")
R = TypeVar("R")


class Action(Generic[P, R]):
    """An action; call it like the function it was made from, and await it.

    Attributes:
        id: stable dotted name, `app.actions.reserve_stock`.
        arguments: its compiled parameters.
        result: its compiled result; None for an action that gives none.
        guards: middleware of the folders around its module, then its own; set when the app is put together.
    """

    def __init__(  # noqa: PLR0913 - whatever an action may declare, each by its name
        self,
        function: Callable[P, Awaitable[R]] | Callable[P, R],
        *,
        errors: DeclaredErrors = (),
        revalidates: Iterable[str] = (),
        aliases: Iterable[str] = (),
        idempotent: bool = False,
        max_body: int | None = None,
        middleware: Iterable[Middleware] = (),
        export: bool = False,
        concurrency: Concurrency = "serial",
        abortable: bool = False,
        lock: str | None = None,
    ) -> None:
        where = Where.of(function)
        self.function = function
        self.id = f"{function.__module__}.{function.__qualname__}".replace(".<locals>", "")
        self.place = place_of(function)
        self.arguments = Arguments.of(function)
        self.result = self._compile_result(function, where)
        self.errors = declared.declared_errors(errors, where)
        self._replaces_errors = any(kind is not contract for kind, contract in self.errors.items())
        self.revalidates = declared.tags_of(revalidates, self.arguments, where)
        self._defaults = {name: one.default for name, one in self.arguments.parameters.items() if not one.is_required}
        self.aliases = tuple(declared.texts(aliases, "aliases", where))
        self.is_idempotent = idempotent
        self.file_limits = self.arguments.file_limits
        self.max_body_bytes = declared.body_limit(max_body, self.file_limits, where)
        self.middleware = tuple(middleware)
        self.guards = self.middleware
        self.is_exported = export
        self.is_abortable = abortable
        self.concurrency: Concurrency = declared.concurrency_of(concurrency, where, is_abortable=abortable)
        self.lock = declared.lock_of(lock, self.arguments, where)
        self._call = as_async(function)
        for one in self.middleware:
            check_middleware(one, f"@action(middleware=) on {self.id}")
        self.__doc__ = function.__doc__
        self.__name__ = function.__name__
        self.__qualname__ = function.__qualname__
        self.__module__ = function.__module__
        self.__wrapped__ = function
        registry.add(self)

    @cached_property
    def limits(self) -> tuple[Limit, ...]:
        """The limits on its calls from outside."""
        return limits_of(self.function)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id}>"

    async def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Call the action from Python, validated as a request is.

        Raises:
            ValidationFailed: an argument does not fit its type.
            ContractError: what the action declares and raises. Other exceptions pass unchanged.
            Conflict: others held the action's lock for 30 seconds. Nothing ran.
        """
        values = self.arguments.validate_python(self.arguments.bind(args, kwargs))
        return await self.run(values)

    async def run(self, values: Mapping[str, Any]) -> R:
        """Run the action with validated values, then make its revalidations true, also when it fails."""
        async with self._effect(values):
            result: R = await self._call(**values)
        return result

    async def run_for(self, request: Served, values: Mapping[str, Any]) -> R:
        """Run the action as the body of a request: it collects what is to be revalidated."""
        if self.lock is not None or LISTENER.is_there:
            return await self.run(values)
        # The same without what this action does not need.
        if not self.revalidates and not self._replaces_errors:
            return await collected(request, self._call(**values))
        return await collected(request, self._body(values, self._stale(values)))

    async def _body(self, values: Mapping[str, Any], stale: Sequence[str]) -> R:
        try:
            result: R = await self._call(**values)
        except Exception as error:
            stand_in = self._stand_in(error)
            if stand_in is None:
                raise
            raise stand_in from error
        if stale:
            revalidate_tag(*stale)
        return result

    def _stale(self, values: Mapping[str, Any]) -> list[str]:
        """Spell the tags that a run revalidates. A name that cannot be spelled is the input's fault."""
        filled = {**self._defaults, **values}
        return [template.render(filled) for template in self.revalidates]

    @asynccontextmanager
    async def _effect(self, values: Mapping[str, Any]) -> AsyncIterator[None]:
        """Hold what every run holds to: the lock, the revalidations, the declared errors."""
        # Before the effect: that a name cannot be spelled must not be found out afterwards.
        stale = self._stale(values)
        # The lock is the outer one: whoever gets it next reads what this run has changed.
        async with self._locked({**self._defaults, **values}), revalidation():
            with span("action", self.id), self._contract():
                yield
            if stale:
                revalidate_tag(*stale)

    def _locked(self, values: Mapping[str, Any]) -> AbstractAsyncContextManager[Any]:
        return nullcontext() if self.lock is None else hold(self.lock.render(values))

    @contextmanager
    def _contract(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            stand_in = self._stand_in(error)
            if stand_in is None:
                raise
            raise stand_in from error

    def _stand_in(self, error: Exception) -> ContractError | None:
        for kind, contract in self.errors.items():
            if isinstance(error, kind):
                return None if contract is kind else contract(str(error) or None)
        return None

    def declares(self, failure: Failure) -> bool:
        """Whether callers expect this failure: one of the framework's own codes, or a declared one."""
        return type(failure).__module__ == Failure.__module__ or isinstance(failure, (Busy, *self.errors.values()))

    def form(self, instance: str = "", /, **bound: Any) -> Form:
        """Give a form that calls this action, for the page being rendered.

        Args:
            instance: tells several forms for this action on one page apart, where their bound values do not.
            bound: arguments that the page fixes; sealed in the form, so that the visitor cannot change them.

        Raises:
            ConfigurationError: a bound value does not fit, or no page is being rendered.
        """
        return Form(self, instance, bound)

    def _compile_result(self, function: Callable[..., Any], where: Where) -> Shape[Any] | None:
        return declared.result_shape(function, where)
