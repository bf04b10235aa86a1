"""Laws of keys, tags and tokens."""

from __future__ import annotations

import asyncio
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from twofold.cache import MemoryStore, compile_tags
from twofold.cache.keys import Keys, canonical

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
numbers = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
trees = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
arguments = st.dictionaries(texts, trees, max_size=3)


def marked(tree: Any) -> Any:
    """Tell apart what Python calls equal and JSON does not."""
    if isinstance(tree, dict):
        return {name: marked(value) for name, value in tree.items()}
    if isinstance(tree, list):
        return [marked(value) for value in tree]
    return type(tree).__name__, repr(tree)


@given(arguments, arguments)
def test_two_calls_share_a_key_only_when_their_arguments_are_equal(first: dict[str, Any], second: dict[str, Any]) -> None:
    keys = Keys("f")
    assert (keys.key(canonical(first)) == keys.key(canonical(second))) == (marked(first) == marked(second))


@given(arguments)
def test_the_order_of_names_makes_no_difference(tree: dict[str, Any]) -> None:
    assert canonical(dict(reversed(tree.items()))) == canonical(tree)


@given(st.lists(texts, min_size=1, max_size=4), st.lists(texts, min_size=1, max_size=4), arguments)
def test_functions_never_share_a_key(first: list[str], second: list[str], tree: dict[str, Any]) -> None:
    assert (Keys(*first).key(canonical(tree)) == Keys(*second).key(canonical(tree))) == (first == second)


@given(texts, st.integers(), st.booleans())
def test_a_template_spells_what_an_f_string_spells(a: str, b: int, c: bool) -> None:
    (template,) = compile_tags("x:{a}/{b}{c}{{}}", {"a": str, "b": int, "c": bool}, "")
    assert template.render({"a": a, "b": b, "c": c}) == f"x:{a}/{b}{c}{{}}"


operations = st.lists(
    st.tuples(st.sampled_from(["mint", "invalidate", "clear", "guard"]), st.integers(0, 3)), min_size=1, max_size=40
)


@settings(max_examples=50)
@given(operations)
def test_a_token_that_was_lost_never_comes_back(todo: list[tuple[str, int]]) -> None:
    async def run() -> None:
        store = MemoryStore(max_tags=2, max_paths=2)
        lost: set[object] = set()
        known: dict[object, object] = {}
        for operation, number in todo:
            name = f"{number}"
            match operation:
                case "mint":
                    await store.mint((name,), ())
                case "invalidate":
                    await store.invalidate([name], [])
                case "guard":
                    await store.invalidate([], [name])
                case _:
                    store.clear()
            versions = await store.mint((), ["0", "1", "2", "3"])
            tokens = await store.versions(("0", "1", "2", "3"))
            found = {"epoch": versions.epoch, **{("tag", n): t for n, t in enumerate(tokens)}, **versions.guards}
            lost |= {token for place, token in known.items() if token is not None and found.get(place) != token}
            assert lost.isdisjoint(found.values())
            known = dict(found)

    asyncio.run(run())
