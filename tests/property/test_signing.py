from __future__ import annotations

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from twofold.signing import InvalidToken, KeyRing

RING = KeyRing(["new-Zk4Yp9Wc2Nx7Qa1Sv8Ud5Rf0Tg3Bh6Jm", "old-LqV8wq2mT0nY5bR7cX1zK9dF4gH6jP3s"])
NOW = 1_800_000_000
ANY_TEXT = st.text(st.characters(), max_size=40)  # lone surrogates included
PURPOSES = st.sampled_from(["form", "session", "region"])
SESSIONS = st.none() | ANY_TEXT


@given(PURPOSES, st.binary(max_size=300), ANY_TEXT, SESSIONS, st.integers(NOW + 1, 2**62))
def test_what_was_sealed_opens_to_the_same(
    purpose: str, payload: bytes, context: str, session: str | None, expires_at: int
) -> None:
    token = RING.seal(purpose, payload, context=context, session=session, expires_at=expires_at)

    assert RING.open(purpose, token, context=context, session=session, now=NOW) == payload


@given(st.tuples(PURPOSES, ANY_TEXT, SESSIONS), st.tuples(PURPOSES, ANY_TEXT, SESSIONS))
def test_no_two_bindings_share_a_token(one: tuple[str, str, str | None], other: tuple[str, str, str | None]) -> None:
    assume(one != other)
    token = RING.seal(one[0], b"payload", context=one[1], session=one[2], expires_at=NOW + 1)
    with pytest.raises(InvalidToken, match="forged"):
        RING.open(other[0], token, context=other[1], session=other[2], now=NOW)


@given(st.text(st.characters(), max_size=200) | st.text("ABCDEFabcdef0123456789-_", max_size=200))
@example("AQ")
def test_no_text_does_anything_but_be_refused(token: str) -> None:
    with pytest.raises(InvalidToken):
        RING.open("form", token, now=NOW)


@given(st.binary(max_size=100), st.data())
def test_no_edit_of_a_token_opens(payload: bytes, data: st.DataObject) -> None:
    token = RING.seal("form", payload, expires_at=NOW + 1)
    start = data.draw(st.integers(0, len(token)))
    end = data.draw(st.integers(start, len(token)))
    edited = token[:start] + data.draw(st.text(st.characters(), max_size=8)) + token[end:]
    assume(edited != token)
    with pytest.raises(InvalidToken):
        RING.open("form", edited, now=NOW)
