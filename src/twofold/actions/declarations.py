"""What `@action(...)` may say of a function: checked when the module is imported, with the remedy."""

from __future__ import annotations

import inspect
import types
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Generator, Iterable, Iterator, Mapping
from typing import Any, Literal, TypeAlias, get_args, get_origin

from starlette.responses import Response

from twofold.boundary import Arguments, FileLimits, Shape, Where
from twofold.cache import TagTemplate, compile_tags
from twofold.calling import hints_of
from twofold.errors import BY_CODE, ConfigurationError, ContractError, Failure, NotFound, Redirect
from twofold.handlers.results import members, union_of

DeclaredErrors: TypeAlias = Iterable[type[ContractError | NotFound]] | Mapping[type[Any], str | type[ContractError | NotFound]]
"""Contract errors that an action raises, or domain exceptions with the code or class that stands for them."""

Concurrency: TypeAlias = Literal["serial", "parallel", "latest", "drop"]
"""What a second submission of a form does while the first is on its way: it waits, goes too, replaces it, or is dropped."""

_SYNC_STREAMS = (Iterator, Iterable, Generator)
_STREAMS = (AsyncIterator, AsyncGenerator)


def result_shape(function: Callable[..., Any], where: Where) -> Shape[Any] | None:
    """Compile the return annotation; None for an action that gives nothing."""
    typed = [one for one in members(_result_of(function, where)) if not _is_class(one, Redirect)]
    where = where.at("return")
    if any(_is_class(one, Response) for one in typed):
        raise where.refuse("an action returns values, not responses", "Return the value, or write a route handler")
    if any(_origin(one) in (*_STREAMS, AsyncIterable, *_SYNC_STREAMS) for one in typed):
        raise where.refuse("it names a stream, which only a function that yields gives", STREAM_REMEDY)
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise where.refuse("it yields, so its result is a stream", STREAM_REMEDY)
    if not typed or typed == [types.NoneType]:
        return None
    return Shape(union_of(typed), where)


STREAM_REMEDY = "Write `async def` with `yield`, and `-> AsyncIterator[...]` with the type of the items; or return a list"


def item_of(function: Callable[..., Any], where: Where) -> Any:
    """Give the type of the items that a stream yields.

    Raises:
        ConfigurationError: its annotation does not say, or says what cannot be sent.
    """
    annotation, where = _result_of(function, where), where.at("return")
    if get_origin(annotation) not in _STREAMS:
        raise where.refuse("it yields, so its result is a stream", STREAM_REMEDY)
    item, *rest = get_args(annotation)
    if rest and rest[0] not in (None, types.NoneType):
        raise where.refuse("nobody can send values into an action's stream", "Write `-> AsyncIterator[...]`")
    for one in members(item):
        if _is_class(one, Redirect) or _is_class(one, Response):
            raise where.refuse("an item is a value, not a response", "Yield values; raise `redirect()` before the first one")
    return item


def is_stream(function: Callable[..., Any]) -> bool:
    """Whether an action of this function gives its result item by item."""
    return inspect.isasyncgenfunction(function)


def _result_of(function: Callable[..., Any], where: Where) -> Any:
    hints = hints_of(function)
    if "return" not in hints:
        raise where.at("return").refuse("it has none", "Write what the action returns, or `-> None`")
    return hints["return"]


def _origin(annotation: Any) -> Any:
    return get_origin(annotation) or annotation


def _is_class(annotation: Any, kind: type) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, kind)


def concurrency_of(policy: Concurrency, where: Where, *, is_abortable: bool) -> Concurrency:
    """Check what a second submission does while the first is on its way."""
    if policy not in get_args(Concurrency):
        known = ", ".join(f'"{one}"' for one in get_args(Concurrency))
        raise where.refuse(f"concurrency={policy!r} is not known", f"Use one of {known}")
    if policy == "latest" and not is_abortable:
        raise where.refuse(
            'concurrency="latest" stops the call before, which may have done half of its work',
            'Write abortable=True where that does no harm, or concurrency="serial"',
        )
    return policy


def declared_errors(errors: DeclaredErrors, where: Where) -> dict[type[BaseException], type[Any]]:
    """Give what stands for which exception."""
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


def tags_of(templates: Iterable[str], arguments: Arguments, where: Where) -> tuple[TagTemplate, ...]:
    """Check tags against the parameters."""
    annotations = {name: parameter.annotation for name, parameter in arguments.parameters.items()}
    found = texts(templates, "revalidates", where)
    return compile_tags(found, annotations, str(where)) if found else ()


def lock_of(template: str | None, arguments: Arguments, where: Where) -> TagTemplate | None:
    """Check the name of a lock against the parameters; it is spelled like a tag."""
    if template is None:
        return None
    if not isinstance(template, str):
        raise where.refuse(f"lock={template!r} is no text", 'Name one lock, such as lock="stock:{sku}"')
    annotations = {name: parameter.annotation for name, parameter in arguments.parameters.items()}
    try:
        return compile_tags(template, annotations, str(where))[0]
    except ConfigurationError as error:
        raise ConfigurationError(f"{error} (lock= names a lock as a tag is named)") from error


def body_limit(max_body: int | None, files: Mapping[str, FileLimits], where: Where) -> int | None:
    """Give the largest body that is declared; None leaves it to the app, and files with limits come on top.

    Raises:
        ConfigurationError: a file that its own limit lets in never fits into the body.
    """
    largest = max((one.max_bytes for one in files.values()), default=0)
    if max_body is not None and max_body <= largest:
        reason = f"max_body={max_body} leaves no room for a file of FileLimits(max_bytes={largest})"
        raise where.refuse(reason, "Leave max_body out: it follows from the limits of the files")
    return max_body


def texts(values: Iterable[str], name: str, where: Where) -> list[str]:
    """Give a list of texts; one text alone is refused, because it would be read as its characters."""
    if isinstance(values, str):
        raise where.refuse(f"{name}= is one text", f"Write {name}=[{values!r}]")
    return list(values)
