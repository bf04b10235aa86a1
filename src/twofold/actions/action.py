"""A server action: a typed function that components call directly, from Python, a form or the typed client."""

from __future__ import annotations

import types
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Generic, ParamSpec, TypeAlias, TypeVar, overload

from starlette.responses import Response

from twofold.actions.form import Form
from twofold.actions.registry import registry
from twofold.boundary import Arguments, Shape, Where
from twofold.cache import TagTemplate, compile_tags, revalidate_tag, revalidation
from twofold.calling import as_async, hints_of, place_of
from twofold.errors import BY_CODE, ContractError, Failure, NotFound, Redirect
from twofold.handlers.results import members, union_of
from twofold.middleware import Middleware, check_middleware

P = ParamSpec("P")
R = TypeVar("R")

DeclaredErrors: TypeAlias = Iterable[type[ContractError | NotFound]] | Mapping[type[Any], str | type[ContractError | NotFound]]
"""Contract errors that an action raises, or domain exceptions with the code or class that stands for them."""


class Action(Generic[P, R]):
    """An action; call it like the function it was made from, and await it.

    Attributes:
        id: stable dotted name, `app.actions.reserve_stock`.
        arguments: its compiled parameters.
        result: its compiled result; None for an action that gives none.
        guards: middleware of the folders around its module, then its own; set when the app is put together.
    """

    def __init__(
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
    ) -> None:
        where = Where.of(function)
        self.function = function
        self.id = f"{function.__module__}.{function.__qualname__}".replace(".<locals>", "")
        self.place = place_of(function)
        self.arguments = Arguments.of(function)
        self.result = _result_shape(function, where)
        self.errors = _declared(errors, where)
        self.revalidates = _tags(_texts(revalidates, "revalidates", where), self.arguments, where)
        self._defaults = {name: one.default for name, one in self.arguments.parameters.items() if not one.is_required}
        self.aliases = tuple(_texts(aliases, "aliases", where))
        self.is_idempotent = idempotent
        self.max_body_bytes = max_body
        self.middleware = tuple(middleware)
        self.guards = self.middleware
        self.is_exported = export
        self._call = as_async(function)
        for one in self.middleware:
            check_middleware(one, f"@action(middleware=) on {self.id}")
        self.__doc__ = function.__doc__
        self.__name__ = function.__name__
        self.__qualname__ = function.__qualname__
        self.__module__ = function.__module__
        self.__wrapped__ = function
        registry.add(self)

    def __repr__(self) -> str:
        return f"<Action {self.id}>"

    async def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Call the action from Python, validated as a request is.

        Raises:
            ValidationFailed: an argument does not fit its type.
            ContractError: what the action declares and raises. Other exceptions pass unchanged.
        """
        values = self.arguments.validate_python(self.arguments.bind(args, kwargs))
        return await self.run(values)

    async def run(self, values: Mapping[str, Any]) -> R:
        """Run the action with validated values, then make its revalidations true, also when it fails."""
        # Before the effect: a tag that cannot be spelled is the input's fault, and must not be found out afterwards.
        stale = [template.render({**self._defaults, **values}) for template in self.revalidates]
        async with revalidation():
            result = await self._mapped(values)
            if stale:
                revalidate_tag(*stale)
        return result

    async def _mapped(self, values: Mapping[str, Any]) -> R:
        try:
            result: R = await self._call(**values)
        except Exception as error:
            stand_in = self._stand_in(error)
            if stand_in is None:
                raise
            raise stand_in from error
        return result

    def _stand_in(self, error: Exception) -> ContractError | None:
        for kind, contract in self.errors.items():
            if isinstance(error, kind):
                return None if contract is kind else contract(str(error) or None)
        return None

    def declares(self, failure: Failure) -> bool:
        """Whether callers expect this failure: one of the framework's own codes, or a declared one."""
        return type(failure).__module__ == Failure.__module__ or isinstance(failure, tuple(self.errors.values()))

    def form(self, instance: str = "", /, **bound: Any) -> Form:
        """Give a form that calls this action, for the page being rendered.

        Args:
            instance: tells several forms for this action on one page apart, where their bound values do not.
            bound: arguments that the page fixes; sealed in the form, so that the visitor cannot change them.

        Raises:
            ConfigurationError: a bound value does not fit, or no page is being rendered.
        """
        return Form(self, instance, bound)


@overload
def action(function: Callable[P, Awaitable[R]], /) -> Action[P, R]: ...


@overload
def action(function: Callable[P, R], /) -> Action[P, R]: ...


@overload
def action(
    *,
    errors: DeclaredErrors = (),
    revalidates: Iterable[str] = (),
    aliases: Iterable[str] = (),
    idempotent: bool = False,
    max_body: int | None = None,
    middleware: Iterable[Middleware] = (),
    export: bool = False,
) -> _Decorator: ...


def action(function: Callable[..., Any] | None = None, /, **options: Any) -> Any:
    """Make a function a server action.

    Args:
        errors: contract errors that it raises (`[OutOfStock]`), or domain exceptions and what stands for them
            (`{LookupError: "NOT_FOUND"}`, with the exception's text as the message). Anything else is masked.
        revalidates: tags that a success makes stale, such as `"stock:{sku}"`.
        aliases: former ids, so that pages from before a rename still work.
        idempotent: running twice does no harm, so no call key is kept.
        max_body: the largest request body, in bytes; the app's limit when left out.
        middleware: guards of this action, wherever it is called from.
        export: whether the typed client may call it without a form.

    Raises:
        ConfigurationError: a parameter or the result has no type that can cross the boundary, with the remedy.
    """
    if function is not None:
        return Action(function)
    return lambda function: Action(function, **options)


class _Decorator:
    """What `@action(...)` gives; for type checkers only."""

    @overload
    def __call__(self, function: Callable[P, Awaitable[R]], /) -> Action[P, R]: ...

    @overload
    def __call__(self, function: Callable[P, R], /) -> Action[P, R]: ...

    def __call__(self, function: Callable[..., Any], /) -> Any:
        """Make the function an action."""
        raise NotImplementedError


def _result_shape(function: Callable[..., Any], where: Where) -> Shape[Any] | None:
    hints = hints_of(function)
    if "return" not in hints:
        raise where.at("return").refuse("it has none", "Write what the action returns, or `-> None`")
    typed = [one for one in members(hints["return"]) if not (isinstance(one, type) and issubclass(one, Redirect))]
    if any(isinstance(one, type) and issubclass(one, Response) for one in typed):
        raise where.at("return").refuse("an action returns values, not responses", "Return the value, or write a route handler")
    if not typed or typed == [types.NoneType]:
        return None
    return Shape(union_of(typed), where.at("return"))


def _declared(errors: DeclaredErrors, where: Where) -> dict[type[BaseException], type[Any]]:
    if isinstance(errors, Mapping):
        return {_exception(kind, where): _contract(contract, where) for kind, contract in errors.items()}
    return {kind: _contract(kind, where) for kind in errors}


def _exception(kind: object, where: Where) -> type[Exception]:
    if isinstance(kind, type) and issubclass(kind, Exception):
        return kind
    raise where.refuse(f"errors= names {kind!r}, which is no exception class", "Name the exception that the action raises")


def _contract(contract: object, where: Where) -> type[Any]:
    if isinstance(contract, str):
        if contract not in BY_CODE:
            known = ", ".join(BY_CODE)
            raise where.refuse(
                f"errors= names the unknown code {contract!r}", f"Use a subclass of ContractError, or one of {known}"
            )
        return BY_CODE[contract]
    if isinstance(contract, type) and issubclass(contract, Failure):
        return contract
    raise where.refuse(f"errors= holds {contract!r}", "List subclasses of ContractError, or map exceptions to them or to a code")


def _tags(templates: list[str], arguments: Arguments, where: Where) -> tuple[TagTemplate, ...]:
    annotations = {name: parameter.annotation for name, parameter in arguments.parameters.items()}
    return compile_tags(templates, annotations, str(where)) if templates else ()


def _texts(values: Iterable[str], name: str, where: Where) -> list[str]:
    if isinstance(values, str):
        raise where.refuse(f"{name}= is one text", f"Write {name}=[{values!r}]")
    return list(values)
