"""Declaring cached functions, and what a call gives."""

from __future__ import annotations

import inspect
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, assert_type
from uuid import UUID

import pytest
from annotated_types import Ge
from pydantic import BaseModel, Field
from starlette.datastructures import UploadFile

from twofold.cache import CachedFunction, MemoryStore, cached, computing, revalidate_tag, revalidation
from twofold.errors import ConfigurationError, NotFound, ValidationFailed

pytestmark = pytest.mark.usefixtures("store")


class Level(BaseModel):
    sku: str
    available: int
    warehouses: list[str] = []


@dataclass
class Filter:
    words: list[str]
    limit: int = 10


class Tree(BaseModel):
    child: Tree | None = None


class Hiding(BaseModel):
    shown: int
    hidden: int = Field(default=0, exclude=True)


async def revalidate(*tags: str) -> None:
    async with revalidation():
        revalidate_tag(*tags)


async def test_a_value_is_computed_once_and_kept_until_its_tag_is_revalidated() -> None:
    stock = {"A": 3}
    computed = []

    @cached(tags="stock:{sku}")
    async def level(sku: str) -> int:
        computed.append(sku)
        return stock[sku]

    assert [await level("A"), await level("A"), await level(sku="A")] == [3, 3, 3]
    stock["A"] = 2
    assert await level("A") == 3
    await revalidate("stock:B")
    assert await level("A") == 3
    await revalidate("stock:A")
    assert [await level("A"), await level("A")] == [2, 2]
    assert computed == ["A", "A"]


async def test_each_argument_has_its_own_value() -> None:
    @cached(tags="t")
    async def echo(a: int | str | None, b: bool = False) -> str:
        return f"{a!r} {b!r}"

    assert [await echo(1), await echo("1"), await echo(None), await echo(1, True), await echo(1, b=False)] == [
        "1 False", "'1' False", "None False", "1 True", "1 False",
    ]  # fmt: skip


async def test_equal_arguments_of_other_types_and_names_are_others() -> None:
    @cached(tags="t")
    async def echo(a: int | bool | str, b: int | bool | str) -> str:
        return f"{a!r} {b!r}"

    assert [await echo(a="x", b="y"), await echo(b="x", a="y")] == ["'x' 'y'", "'y' 'x'"]
    assert [await echo(1, 0), await echo(True, 0), await echo(1, False)] == ["1 0", "True 0", "1 False"]


async def test_a_default_and_the_same_value_given_are_one() -> None:
    computed = []

    @cached(tags="page:{number}")
    async def page(number: int = 1, *, size: int = 10) -> int:
        computed.append((number, size))
        return number

    for call in (page(), page(1), page(number=1), page(1, size=10), page(size=10, number=1)):
        await call
    assert computed == [(1, 10)]
    await revalidate("page:1")
    await page()
    assert len(computed) == 2


async def test_rich_arguments_and_results_keep_their_types() -> None:
    @cached(tags="t")
    async def rich(
        who: UUID, day: date, price: Decimal, wanted: Filter, sizes: set[int]
    ) -> tuple[UUID, date, Decimal, Filter, set[int]]:
        return who, day, price, wanted, sizes

    arguments = (UUID(int=1), date(2024, 2, 29), Decimal("1.50"), Filter(["a"]), {1, 2})
    for _ in range(2):
        assert await rich(*arguments) == arguments


async def test_every_caller_gets_a_value_of_its_own() -> None:
    @cached(tags="t")
    async def level(sku: str) -> Level:
        return Level(sku=sku, available=1, warehouses=["north"])

    first = await level("A")
    first.warehouses.append("spoiled")
    assert (await level("A")).warehouses == ["north"]


async def test_a_caller_that_changes_its_argument_changes_no_value() -> None:
    seen = []

    @cached(tags="t")
    async def count(words: list[str]) -> int:
        seen.append(words)
        return len(words)

    words = ["a"]
    assert await count(words) == 1
    assert seen[0] is not words
    words.append("b")
    assert [await count(words), await count(["a"])] == [2, 1]


async def test_what_the_key_does_not_say_the_function_does_not_see() -> None:
    @cached(tags="t")
    async def hidden(model: Hiding) -> int:
        return model.hidden

    assert [await hidden(Hiding(shown=1, hidden=5)), await hidden(Hiding(shown=1, hidden=6))] == [0, 0]


async def test_functions_made_by_one_factory_do_not_share_values() -> None:
    def make(table: str) -> CachedFunction[[int], str]:
        @cached(tags="t")
        async def get(number: int) -> str:
            return f"{table} {number}"

        return get

    orders, users = make("orders"), make("users")
    assert [await orders(1), await users(1)] == ["orders 1", "users 1"]


async def test_a_sync_function_runs_in_a_thread_with_the_callers_context() -> None:
    tenant: ContextVar[str] = ContextVar("tenant")
    tenant.set("north")

    @cached(tags="t")
    def where() -> tuple[bool, str, str | None]:
        return threading.current_thread() is threading.main_thread(), tenant.get(), computing.get()

    assert await where() == (False, "north", where.name)
    assert_type(await where(), tuple[bool, str, str | None])


async def test_the_function_being_computed_is_named_only_then() -> None:
    @cached(tags="t")
    async def name() -> str | None:
        return computing.get()

    assert computing.get() is None
    assert await name() == name.name
    assert computing.get() is None


async def test_arguments_are_held_to_their_types() -> None:
    @cached(tags="t")
    async def take(quantity: Annotated[int, Ge(1)]) -> int:
        return quantity

    assert await take(1) == 1
    for wrong in (0, "1", 1.0, True, None):
        with pytest.raises(ValidationFailed) as failed:
            await take(wrong)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        assert failed.value.fields is not None
        assert failed.value.fields.keys() == {"quantity"}
    with pytest.raises(TypeError, match=r"take\(\) missing"):
        await take()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


async def test_a_value_that_does_not_fit_its_type_is_an_error_and_is_not_kept() -> None:
    values: list[Any] = ["wrong", 1]

    @cached(tags="t")
    async def number() -> int:
        return values.pop(0)  # type: ignore[no-any-return]

    with pytest.raises(TypeError, match="does not fit its annotation"):
        await number()
    assert await number() == 1


async def test_a_value_too_deep_to_be_read_back_is_the_servers_fault() -> None:
    @cached(tags="t")
    async def deep() -> Tree:
        tree = Tree()
        for _ in range(40):
            tree = Tree(child=tree)
        return tree

    with pytest.raises(TypeError, match=r"the result of .*deep cannot be read back from JSON"):
        await deep()


@pytest.mark.parametrize("error", [ValueError, NotFound])
async def test_errors_are_not_kept(error: type[BaseException]) -> None:
    outcomes: list[BaseException | None] = [error(), None]

    @cached(tags="t")
    async def number() -> int:
        outcome = outcomes.pop(0)
        if outcome is not None:
            raise outcome
        return 1

    with pytest.raises(error):
        await number()
    assert await number() == 1


async def test_very_many_and_very_long_arguments_are_not_remembered_for_ever() -> None:
    @cached(tags="t")
    async def size(text: str) -> int:
        return len(text)

    for number in range(2500):
        await size(str(number))
    assert await size("x" * 100_000) == 100_000
    assert len(size._known) <= 1024
    assert not any("x" * 100_000 in str(spelling) for spelling in size._known)


def test_a_cached_function_shows_what_it_is() -> None:
    @cached(tags=["stock", "stock:{sku}"], ttl=60, stale=30)
    async def level(sku: str) -> int:
        """Give the level."""
        return 1

    assert level.name == f"{__name__}.test_a_cached_function_shows_what_it_is.<locals>.level"
    assert (level.tags, level.ttl, level.stale) == (("stock", "stock:{sku}"), 60, 30)
    assert (level.__name__, level.__doc__) == ("level", "Give the level.")
    assert inspect.iscoroutinefunction(level.__wrapped__)
    assert str(inspect.signature(level)) == "(sku: 'str') -> 'int'"
    assert repr(level) == f"<cached function {level.name}>"


def test_the_signature_is_kept_for_type_checkers() -> None:
    @cached(tags="t")
    async def level(sku: str, *, deep: bool = False) -> Level:
        return Level(sku=sku, available=1)

    @cached(ttl=1)
    def sync_level(sku: str) -> Level:
        return Level(sku=sku, available=1)

    async def use() -> None:
        assert_type(await level("A", deep=True), Level)
        assert_type(await sync_level("A"), Level)

    assert inspect.iscoroutinefunction(use)


async def unannotated(sku) -> int:  # type: ignore[no-untyped-def]  # noqa: ANN001
    return 1


async def without_result(sku: str):  # type: ignore[no-untyped-def]  # noqa: ANN201
    return 1


async def anything(sku: str) -> Any:
    return 1


async def untyped_list(sku: str) -> list:  # type: ignore[type-arg]
    return []


async def takes_callable(work: Callable[[], int]) -> int:
    return 1


async def takes_many(*skus: str) -> int:
    return 1


async def takes_file(file: UploadFile) -> int:
    return 1


def generator() -> Iterator[int]:
    yield 1


async def async_generator() -> AsyncIterator[int]:
    yield 1


async def level_of(sku: str) -> int:
    return 1


already = cached(tags="t")(level_of)


@pytest.mark.parametrize(
    ("function", "options", "reason"),
    [
        (unannotated, {"tags": "t"}, "parameter `sku`: There is no annotation"),
        (without_result, {"tags": "t"}, "return annotation: There is no annotation"),
        (anything, {"tags": "t"}, "return annotation: `Any` accepts everything"),
        (untyped_list, {"tags": "t"}, "does not say what it holds"),
        (takes_callable, {"tags": "t"}, "A callable cannot cross the boundary"),
        (takes_many, {"tags": "t"}, "takes any number of arguments"),
        (takes_file, {"tags": "t"}, "A cached function cannot take a file"),
        (generator, {"tags": "t"}, "A generator gives its values once"),
        (async_generator, {"tags": "t"}, "A generator gives its values once"),
        (already, {"tags": "t"}, "is cached already"),
        (level_of, {}, "Without tags and ttl"),
        (level_of, {"tags": []}, "Without tags and ttl"),
        (level_of, {"tags": "t", "ttl": 0}, "ttl=0 is no number of seconds"),
        (level_of, {"tags": "t", "ttl": -1}, "ttl=-1 is no number of seconds"),
        (level_of, {"tags": "t", "ttl": float("inf")}, "ttl=inf is no number of seconds"),
        (level_of, {"tags": "t", "ttl": float("nan")}, "ttl=nan is no number of seconds"),
        (level_of, {"tags": "t", "ttl": "60"}, "ttl='60' is no number of seconds"),
        (level_of, {"tags": "t", "ttl": True}, "ttl=True is no number of seconds"),
        (level_of, {"tags": "t", "ttl": 1, "stale": -1}, "stale=-1 is no number of seconds"),
        (level_of, {"tags": "t", "stale": 5}, "stale= prolongs ttl=, and there is none"),
        (level_of, {"tags": "stock:{id}"}, "there is no parameter 'id'"),
        (level_of, {"tags": "stock:{sku.x}"}, "only a parameter's plain name"),
    ],
)
def test_misuse_is_refused_at_import_with_its_place(function: Any, options: dict[str, Any], reason: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        cached(**options)(function)
    assert reason in str(refused.value)
    assert f"{__file__}:" in str(refused.value)


def test_cached_without_parentheses_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"Write @cached\(tags="):
        cached(level_of)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


async def test_the_store_of_the_context_is_used(store: MemoryStore) -> None:
    @cached(tags="t")
    async def number() -> int:
        return 1

    await number()
    assert store.entry_count == 1
