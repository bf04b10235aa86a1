"""What an action may declare, and the remedy for what it may not."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Generator, Iterable, Iterator
from datetime import datetime
from typing import Any

import pytest

from twofold import Action, ConfigurationError, Redirect, Response, action
from twofold.actions import StreamAction


async def reserve(sku: str, quantity: int = 1) -> int:
    return quantity


async def at_a_time(when: datetime) -> None: ...


async def one(sku: str) -> AsyncIterator[int]:
    yield 1


async def of_another_type() -> int:
    yield 1


async def async_iterable() -> AsyncIterable[int]:
    yield 1


async def async_bare() -> AsyncIterator:  # type: ignore[type-arg]
    yield 1


async def sending() -> AsyncGenerator[int, str]:
    yield 1


async def optional() -> AsyncIterator[int] | None:
    yield 1


async def redirecting() -> AsyncIterator[Redirect]:
    yield Redirect("/")


async def responding() -> AsyncIterator[int | Response]:
    yield Response()


async def untyped():  # noqa: ANN201
    yield 1


async def unsendable() -> AsyncIterator[object]:
    yield 1


def sync_generator() -> Iterator[int]:
    yield 1


def sync_typed_generator() -> Generator[int, None, None]:
    yield 1


def sync_of_another_type() -> int:
    yield 1


async def gives_an_iterator() -> Iterator[int]:
    return iter([1])


async def gives_an_iterable() -> Iterable[int]:
    return [1]


async def gives_a_stream() -> AsyncIterator[int]:
    return one("A")


def gives_a_stream_at_once() -> AsyncIterator[int]:
    return one("A")


@pytest.mark.parametrize(
    ("function", "options", "message"),
    [
        (reserve, {"concurrency": "queue"}, 'concurrency=\'queue\' is not known.*"serial", "parallel", "latest", "drop"'),
        (reserve, {"concurrency": "latest"}, "stops the call before.*abortable=True"),
        (reserve, {"lock": "stock:{colour}"}, "no parameter 'colour'.*lock="),
        (reserve, {"lock": "stock:{sku!r}"}, "only a parameter's plain name.*lock="),
        (reserve, {"lock": ""}, "a text of 1 to 256 characters.*lock="),
        (reserve, {"lock": ["stock"]}, "is no text"),
        (at_a_time, {"lock": "at:{when}"}, "no single spelling.*lock="),
        (one, {"lock": "stock:{sku}"}, "slowest reader.*locks.hold"),
        (of_another_type, {}, "its result is a stream.*AsyncIterator"),
        (async_iterable, {}, "its result is a stream.*AsyncIterator"),
        (async_bare, {}, "its result is a stream.*AsyncIterator"),
        (optional, {}, "its result is a stream.*AsyncIterator"),
        (sending, {}, "send values.*AsyncIterator"),
        (redirecting, {}, "an item is a value"),
        (responding, {}, "an item is a value"),
        (untyped, {}, "Write what the action returns"),
        (unsendable, {}, "return annotation"),
        (sync_generator, {}, "a stream, which only a function that yields gives.*async def"),
        (sync_typed_generator, {}, "a stream, which only a function that yields gives.*async def"),
        (sync_of_another_type, {}, "its result is a stream.*async def"),
        (gives_an_iterator, {}, "a stream, which only a function that yields gives.*return a list"),
        (gives_an_iterable, {}, "a stream, which only a function that yields gives.*return a list"),
        (gives_a_stream, {}, "a stream, which only a function that yields gives"),
        (gives_a_stream_at_once, {}, "a stream, which only a function that yields gives"),
    ],
)
def test_misuse_is_refused_where_it_is_written(function: Callable[..., Any], options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=re.compile(message, re.DOTALL)) as refusal:
        action(**options)(function)
    assert f"{__file__}:{function.__code__.co_firstlineno}: {function.__name__}()" in str(refusal.value)


@pytest.mark.parametrize("concurrency", ["serial", "parallel", "drop"])
def test_a_policy_that_stops_nothing_needs_no_further_word(concurrency: Any) -> None:
    assert action(concurrency=concurrency)(reserve).concurrency == concurrency


def test_latest_is_for_actions_that_may_be_stopped() -> None:
    assert action(concurrency="latest", abortable=True)(reserve).concurrency == "latest"
    assert action(concurrency="latest")(one).concurrency == "latest"  # a stream ends with its reader anyway


def test_an_action_that_declares_nothing_waits_its_turn_and_runs_to_its_end() -> None:
    plain = action(reserve)
    assert (plain.concurrency, plain.is_abortable, plain.lock) == ("serial", False, None)


def test_a_function_that_yields_is_a_stream() -> None:
    stream = action(one)
    assert isinstance(stream, StreamAction)
    assert isinstance(stream, Action)
    assert repr(stream) == f"<StreamAction {__name__}.one>"
    assert stream.is_abortable


def test_the_result_of_a_stream_is_its_last_item_or_nothing() -> None:
    stream = action(one)
    assert stream.items.to_json(3) == b"3"
    assert stream.result is not None
    assert [stream.result.to_json(value) for value in (3, None)] == [b"3", b"null"]
