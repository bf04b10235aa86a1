"""The decision whether a stored value may be served."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from twofold.cache import Entry, Lookup, Token, Verdict, judge
from twofold.cache.freshness import judge_inherited

E, F, S, T, G, H = (letter.encode() for letter in "EFSTGH")


def entry(*, tokens: tuple[Token, ...] = (S,), guards: Mapping[str, Token] | None = None) -> Entry:
    return Entry(b"1", E, ("stock",) * len(tokens), tokens, guards=guards or {})


@pytest.mark.parametrize(
    ("lookup", "path", "verdict"),
    [
        (Lookup(None, None, E, (S,), None), None, Verdict.ABSENT),
        (Lookup(None, None, None, (None,), G), "/p", Verdict.ABSENT),
        (Lookup(entry(), None, E, (S,), None), None, Verdict.FRESH),
        (Lookup(entry(tokens=()), None, E, (), None), None, Verdict.FRESH),
        (Lookup(entry(), 0.001, E, (S,), None), None, Verdict.FRESH),
        (Lookup(entry(), 0.0, E, (S,), None), None, Verdict.EXPIRED),
        (Lookup(entry(), -5.0, E, (S,), None), None, Verdict.EXPIRED),
        (Lookup(entry(), None, F, (S,), None), None, Verdict.FORGOTTEN),
        (Lookup(entry(), None, None, (S,), None), None, Verdict.FORGOTTEN),
        (Lookup(entry(tokens=()), None, F, (), None), None, Verdict.FORGOTTEN),
        (Lookup(entry(), None, E, (T,), None), None, Verdict.REVALIDATED),
        (Lookup(entry(), None, E, (None,), None), None, Verdict.REVALIDATED),
        (Lookup(entry(tokens=(S, T)), None, E, (S, None), None), None, Verdict.REVALIDATED),
        (Lookup(entry(), -5.0, E, (T,), None), None, Verdict.REVALIDATED),
        (Lookup(entry(), None, E, (S,), None), "/p", Verdict.FRESH),
        (Lookup(entry(guards={"/p": G}), None, E, (S,), None), "/p", Verdict.FRESH),
        (Lookup(entry(guards={"/p": G}), None, E, (S,), G), "/p", Verdict.FRESH),
        (Lookup(entry(guards={"/p": G}), None, E, (S,), H), "/p", Verdict.PATH_REVALIDATED),
        (Lookup(entry(guards={"/q": G}), None, E, (S,), G), "/p", Verdict.PATH_REVALIDATED),
        (Lookup(entry(), None, E, (S,), G), "/p", Verdict.PATH_REVALIDATED),
        (Lookup(entry(), -5.0, E, (S,), G), "/p", Verdict.PATH_REVALIDATED),
        (Lookup(entry(guards={"/p": G}), None, E, (T,), G), "/p", Verdict.REVALIDATED),
    ],
)
def test_a_value_is_served_only_under_its_own_versions(lookup: Lookup, path: str | None, verdict: Verdict) -> None:
    assert judge(lookup, path) is verdict


@pytest.mark.parametrize("verdict", list(Verdict))
def test_only_fresh_and_expired_values_are_served(verdict: Verdict) -> None:
    assert verdict.is_served == (verdict in {Verdict.FRESH, Verdict.EXPIRED})


@pytest.mark.parametrize("verdict", [Verdict.FRESH, Verdict.EXPIRED])
@pytest.mark.parametrize(("tokens", "is_served"), [((S, T), True), ((S, H), False), ((S, None), False)])
def test_a_value_is_served_only_under_the_versions_it_inherited(
    verdict: Verdict, tokens: tuple[Token, ...], is_served: bool
) -> None:
    inheriting = Entry(b"1", E, inherited=(("a", S), ("b", T)))
    assert judge_inherited(verdict, inheriting, tokens) is (verdict if is_served else Verdict.REVALIDATED)
