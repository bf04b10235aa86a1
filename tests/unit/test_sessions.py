from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from twofold.cookies import CookieJar
from twofold.errors import ConfigurationError
from twofold.sessions import COOKIE_NAME, SessionCookie, SessionState
from twofold.signing import KeyRing

SECRET = "jf83hF9sLw02mVb7Xq4Zt6Yp1Rc5Ne8Ku3Ga"
OTHER_SECRET = "Qz7Lm2Xc9Vb4Nn6As1Df3Gh5Jk8Po0Iu2Yt4"
NOW = 1_900_000_000
DAY = 24 * 60 * 60


def ring(secrets: str = SECRET) -> KeyRing:
    return KeyRing.from_environment({"TWOFOLD_SECRET": secrets}, mode="production", directory=Path())


def cookie(now: int = NOW, *, keys: KeyRing | None = None, max_age_seconds: int = DAY) -> SessionCookie:
    return SessionCookie(keys or ring(), COOKIE_NAME, now, max_age_seconds)


def opened(value: str | None, how: SessionCookie | None = None) -> SessionState:
    sent = [] if value is None else [f"{COOKIE_NAME}={value}"]
    return SessionState(how or cookie(), CookieJar(sent, is_secure=True))


def saved(state: SessionState) -> str | None:
    """What the browser is told: a new value, "" for deletion, None for nothing."""
    answer = CookieJar([], is_secure=True)
    state.save(answer)
    if not answer.headers():
        return None
    [(_, header)] = answer.headers()
    return header.decode("ascii").partition("=")[2].partition(";")[0].strip('"')


def with_values(how: SessionCookie | None = None, **values: Any) -> str:
    state = opened(None, how)
    for name, value in values.items():
        state[name] = value
    value = saved(state)
    assert value
    return value


def test_values_and_identity_come_back() -> None:
    first = opened(None)
    first["cart"] = {"lines": [1, "x", None, True, 1.5]}
    value = saved(first)
    second = opened(value)
    assert second["cart"] == {"lines": [1, "x", None, True, 1.5]}
    assert second.identity == first.identity


def test_cookie_is_sealed_host_bound_and_lives_as_configured() -> None:
    answer = CookieJar([], is_secure=True)
    state = opened(None, cookie(max_age_seconds=60))
    state["name"] = "canary-in-session"
    state.save(answer)
    [(_, header)] = answer.headers()
    assert header.startswith(b"__Host-session=")
    assert header.endswith(b"; HttpOnly; Max-Age=60; Path=/; SameSite=lax; Secure")
    assert b"canary" not in header


@pytest.mark.parametrize(
    "look",
    [
        lambda state: state.get("a"),
        lambda state: state.identity,
        lambda state: "a" in state,
        lambda state: state.clear(),
    ],
)
def test_looking_at_no_session_starts_none(look: Callable[[SessionState], Any]) -> None:
    state = opened(None)
    look(state)
    assert saved(state) is None


def test_unchanged_session_is_not_sent_again() -> None:
    state = opened(with_values(a=1))
    assert state.get("a") == 1
    assert saved(state) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda state: state.__setitem__("a", 2),
        lambda state: state.__delitem__("a"),
        lambda state: state["deep"]["list"].append(1),
        lambda state: state.renew(),
    ],
)
def test_change_is_sent(change: Callable[[SessionState], Any]) -> None:
    state = opened(with_values(a=1, deep={"list": []}))
    change(state)
    assert saved(state)


def test_asking_for_the_identity_starts_a_session() -> None:
    state = opened(None)
    identity = state.start()
    assert (state.start(), len(identity)) == (identity, 22)
    assert opened(saved(state)).identity == identity


def test_renewal_changes_the_identity_and_keeps_the_values() -> None:
    state = opened(with_values(cart="c1"))
    before = state.identity
    assert state.renew() != before
    assert opened(saved(state))["cart"] == "c1"


def test_clearing_deletes_the_cookie() -> None:
    state = opened(with_values(cart="c1"))
    state.clear()
    assert (state.identity, state.get("cart"), saved(state)) == (None, None, "")


def test_session_ended_and_begun_anew_has_another_identity() -> None:
    state = opened(with_values(cart="c1"))
    before = state.identity
    state.clear()
    state["cart"] = "c2"
    again = opened(saved(state))
    assert again["cart"] == "c2"
    assert again.identity != before


FORGED = {
    "garbage": lambda _: "garbage",
    "empty": lambda _: "",
    "a megabyte": lambda _: "A" * 1_000_000,
    "truncated": lambda value: value[:-4],
    "changed": lambda value: value[:-1] + ("A" if value[-1] != "A" else "B"),
    "doubled": lambda value: value + value,
    "of another key": lambda _: with_values(cookie(keys=ring(OTHER_SECRET)), a=1),
    "of another purpose": lambda _: ring().seal("form", b'{"id":"x","values":{"a":1}}', context="", expires_at=NOW + 60),
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
def test_forged_session_is_a_strangers(forge: Callable[[str], str]) -> None:
    state = opened(forge(with_values(a=1)))
    assert (state.identity, state.get("a")) == (None, None)


@pytest.mark.parametrize(("age_seconds", "value"), [(DAY - 1, 1), (DAY + 1, None)])
def test_session_expires(age_seconds: int, value: int | None) -> None:
    assert opened(with_values(a=1), cookie(NOW + age_seconds)).get("a") == value


def test_session_outlives_its_key_while_the_key_verifies() -> None:
    value = with_values(a=1)
    assert opened(value, cookie(keys=ring(f"{OTHER_SECRET},{SECRET}"))).get("a") == 1
    assert opened(value, cookie(keys=ring(OTHER_SECRET))).get("a") is None


@pytest.mark.parametrize(
    "value",
    [object(), {1, 2}, (1, 2), b"x", datetime.now(UTC), float("nan"), float("inf"), {1: "x"}, [object()], {"deep": [(1,)]}],
    ids=repr,
)
def test_value_that_json_would_change_is_refused_where_it_is_set(value: object) -> None:
    state = opened(None)
    with pytest.raises(ConfigurationError, match=r"session\['a'\].*JSON values"):
        state["a"] = value
    assert state.get("a") is None


def test_value_that_became_no_json_later_is_refused_when_saved() -> None:
    state = opened(None)
    state["a"] = []
    state["a"].append(object())
    with pytest.raises(ConfigurationError, match="JSON values only"):
        saved(state)


def test_session_too_large_for_a_cookie_is_refused() -> None:
    state = opened(None)
    state["a"] = "x" * 4096
    with pytest.raises(ConfigurationError, match="may drop"):
        saved(state)
