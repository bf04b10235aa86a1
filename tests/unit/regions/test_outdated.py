"""When a region is outdated: every line of the decision."""

from __future__ import annotations

import pytest
from starlette.responses import Response

from twofold.cache import Sequence
from twofold.call import Call
from twofold.regions import Descriptor, Have, Wish
from twofold.regions.descriptor import ANY_TAG, NO_TAG
from twofold.regions.refresh import _alone, outdated

PLACE = Sequence("e", 1)
PATH = "hash-of-path"

WANTED = "it shows the form that was sent, or was put off"
UNKNOWN = "the log no longer knows what has changed since it was rendered"
MOVED = "the page's path was revalidated"
ANY = "it depends on more tags than are told apart"
TAG = "a tag that it read was revalidated"
UNTAGGED = "an action succeeded, and it read nothing that has a tag"


async def show(call: Call, kept: frozenset[str]) -> Response:
    raise NotImplementedError


def reason(tags: tuple[str, ...], changed: frozenset[str] | None, *, wanted: str = "", is_written: bool = False) -> str | None:
    have = Have({"key": Descriptor("key", "app.one", {}, tags, PLACE)})
    wish = Wish(have, show, frozenset({wanted}), is_written)
    return outdated(have, {PLACE: changed}, PATH, wish).get("key")


NOTHING: frozenset[str] = frozenset()
A, B, ELSEWHERE = frozenset({"a"}), frozenset({"b"}), frozenset({PATH})

TABLE = [
    (("a",), NOTHING, "", None),
    (("a",), NOTHING, "key", WANTED),
    (("a",), None, "key", WANTED),
    (("a",), None, "", UNKNOWN),
    ((NO_TAG,), None, "", UNKNOWN),
    (("a",), ELSEWHERE, "", MOVED),
    ((NO_TAG,), ELSEWHERE, "", MOVED),
    ((ANY_TAG,), NOTHING, "", None),
    ((ANY_TAG,), B, "", ANY),
    (("a",), A, "", TAG),
    (("a", "b"), B, "", TAG),
    (("a",), B, "", None),
    (("a",), B, "another key", None),
    ((NO_TAG,), A, "", None),
]


@pytest.mark.parametrize(("tags", "changed", "wanted", "expected"), TABLE)
def test_a_region_is_outdated_for_a_reason(
    tags: tuple[str, ...], changed: frozenset[str] | None, wanted: str, expected: str | None
) -> None:
    assert reason(tags, changed, wanted=wanted) == expected


@pytest.mark.parametrize(
    ("tags", "changed", "expected"),
    [
        ((NO_TAG,), NOTHING, UNTAGGED),
        ((NO_TAG,), A, UNTAGGED),
        (("a",), NOTHING, None),
        (("a",), A, TAG),
        ((ANY_TAG,), NOTHING, None),
    ],
)
def test_after_a_success_what_depends_on_nobody_knows_what_is_outdated_too(
    tags: tuple[str, ...], changed: frozenset[str], expected: str | None
) -> None:
    assert reason(tags, changed, is_written=True) == expected


def test_a_wish_is_for_what_was_written_only_after_the_success() -> None:
    wish = Wish(Have(), show)
    assert (wish.is_written, wish.after_success().is_written) == (False, True)


def test_each_region_is_judged_by_its_own_age() -> None:
    old, new = Sequence("e", 1), Sequence("e", 2)
    have = Have({key: Descriptor(key, "r", {}, ("a",), place) for key, place in (("old", old), ("new", new))})
    assert outdated(have, {old: A, new: NOTHING}, PATH, Wish(have, show)) == {"old": TAG}


# page > outer > middle > inner, and page > beside
TREE = {
    key: Descriptor(key, "r", {}, (), PLACE, within)
    for key, within in (("page", ""), ("outer", ""), ("middle", "outer"), ("inner", "middle"), ("beside", ""), ("lost", "unsent"))
}


@pytest.mark.parametrize(
    ("dirty", "alone"),
    [
        ("", ""),
        ("page", ""),
        ("outer", "outer"),
        ("inner", "inner"),
        ("outer middle inner", "outer"),
        ("outer middle", "outer"),
        ("outer inner", "outer inner"),
        ("outer beside", "outer beside"),
        ("page outer", ""),
        ("page middle", "middle"),
        ("page inner", "inner"),
        ("page beside middle", "middle"),
        ("page outer inner", "inner"),
        ("page lost", "lost"),
        ("lost", "lost"),
    ],
)
def test_a_region_is_rendered_along_with_what_is_directly_around_it_and_otherwise_alone(dirty: str, alone: str) -> None:
    assert [one.key for one in _alone(TREE, dict.fromkeys(dirty.split(), "a reason"))] == alone.split()
