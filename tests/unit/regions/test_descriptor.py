"""Descriptors: what a browser may say about a region, and what is believed."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import pytest

from support.region_calls import NOON, Time, call_of
from twofold import ConfigurationError
from twofold.cache import Sequence
from twofold.regions.descriptor import (
    ANY_TAG,
    DAY_SECONDS,
    MAX_CHARACTERS,
    MAX_TAGS,
    NO_TAG,
    Descriptor,
    claimed_key,
    known_hashes,
    tag_hash,
    tag_hashes,
)

OLD = "Zk3pV8sQ1xW6bN9mR4tY7uC2eH5jL0aD"
NEW = "t8Hn2KpX5vQw9Zr3Jm6Yc1Bf4Ls7Gd0E"

ONE = Descriptor("key", "app.stock", {"sku": "Ä-1", "n": [1, {"a": None}]}, ("abcdefghijkl",), Sequence("e1", 7), "outer")


def tree_of(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.b64decode(text.partition(".")[0]))
    return found


def test_what_was_signed_is_read_back() -> None:
    call = call_of()
    text = ONE.sign(call)
    assert Descriptor.open(text, call, None) == replace(ONE, expires_at=tree_of(text)["e"])


def test_the_browser_reads_it_as_ascii_json_in_standard_base64() -> None:
    text = ONE.sign(call_of())
    assert base64.b64decode(text.partition(".")[0], validate=True).decode("utf-8")
    assert tree_of(text) == {
        "k": "key",
        "r": "app.stock",
        "p": {"sku": "Ä-1", "n": [1, {"a": None}]},
        "t": ["abcdefghijkl"],
        "s": "e1-7",
        "w": "outer",
        "b": False,
        "e": (int(NOON) // DAY_SECONDS + 1) * DAY_SECONDS + DAY_SECONDS,
    }


def test_the_same_content_has_the_same_text_on_the_same_day() -> None:
    clock = Time()
    call = call_of(clock=clock)
    text = ONE.sign(call)
    clock.now += DAY_SECONDS / 2 - 1
    assert ONE.sign(call) == text
    clock.now += 1
    assert ONE.sign(call) != text


def test_it_is_taken_until_it_expires() -> None:
    clock = Time()
    call = call_of(clock=clock)
    text = ONE.sign(call)
    clock.now = tree_of(text)["e"] - 0.5
    assert Descriptor.open(text, call, None) is not None
    clock.now = tree_of(text)["e"]
    assert Descriptor.open(text, call, None) is None


def test_no_character_of_it_can_be_another_one() -> None:
    call = call_of(session="ann")
    text = ONE.sign(call)
    for at, character in enumerate(text):
        for other in ("A", "B", "=", ".", "é", ""):
            if other != character:
                assert Descriptor.open(text[:at] + other + text[at + 1 :], call, "ann") is None, (at, other)


@pytest.mark.parametrize("more", ["A", "=", ".", " ", "\n", ".x"])
def test_nothing_can_be_put_before_or_after_it(more: str) -> None:
    call = call_of()
    text = ONE.sign(call)
    assert Descriptor.open(text + more, call, None) is None
    assert Descriptor.open(more + text, call, None) is None


@pytest.mark.parametrize("session", [None, "bob", ""])
def test_a_sessions_descriptor_is_that_sessions_only(session: str | None) -> None:
    call = call_of(session="ann")
    text = ONE.sign(call)
    assert tree_of(text)["b"] is True
    assert Descriptor.open(text, call, "ann") is not None
    assert Descriptor.open(text, call, session) is None


@pytest.mark.parametrize("session", [None, "ann"])
def test_a_strangers_descriptor_is_still_taken_after_signing_in(session: str | None) -> None:
    call = call_of()
    assert Descriptor.open(ONE.sign(call), call, session) is not None


def test_another_routes_descriptor_is_not_taken() -> None:
    text = ONE.sign(call_of(pattern="/a"))
    assert Descriptor.open(text, call_of(pattern="/b"), None) is None


def test_pattern_and_session_cannot_change_places() -> None:
    # The two are joined in the signed message: what ends one must not be able to begin the other.
    text = ONE.sign(call_of(pattern="/a", session="b"))
    assert Descriptor.open(text, call_of(pattern="/a\nb"), None) is None


def test_after_a_rotation_the_old_secrets_descriptors_are_taken_and_the_new_one_signs() -> None:
    old, both, new = (call_of(secrets=one) for one in (OLD, f"{NEW},{OLD}", NEW))
    assert Descriptor.open(ONE.sign(old), both, None) is not None
    assert Descriptor.open(ONE.sign(old), new, None) is None
    assert Descriptor.open(ONE.sign(both), new, None) is not None


def test_after_a_rotation_a_tag_is_known_by_its_old_name_too() -> None:
    old, both = call_of(secrets=OLD).setup.keys, call_of(secrets=f"{NEW},{OLD}").setup.keys
    assert tag_hash(old, "stock") in known_hashes(both, "stock")
    assert known_hashes(both, "stock")[0] == tag_hash(both, "stock") != tag_hash(old, "stock")


def test_arguments_that_no_descriptor_can_hold_are_refused_when_the_page_is_rendered() -> None:
    # Whoever got the page would otherwise never see the region change.
    with pytest.raises(ConfigurationError, match=r"app\.stock .*take an id"):
        replace(ONE, arguments={"text": "x" * MAX_CHARACTERS}).sign(call_of())


def test_the_longest_descriptor_is_taken() -> None:
    call = call_of()
    room = (MAX_CHARACTERS - len(replace(ONE, arguments={"text": ""}).sign(call))) // 4 * 3
    text = replace(ONE, arguments={"text": "x" * room}).sign(call)
    assert MAX_CHARACTERS - 4 <= len(text) <= MAX_CHARACTERS
    assert Descriptor.open(text, call, None) is not None


def test_a_longer_text_is_not_looked_at() -> None:
    assert Descriptor.open("A" * (MAX_CHARACTERS + 1), call_of(), None) is None
    assert claimed_key(base64.b64encode(b'{"k":"key"}' + b" " * MAX_CHARACTERS).decode() + ".x") is None


def encoded(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii") + ".x"


GARBAGE = [
    None,
    7,
    [],
    {},
    "",
    ".",
    "é",
    "\ud800",
    encoded(b""),
    encoded(b"null"),
    encoded(b"[]"),
    encoded(b"7"),
    encoded(b"\xff"),
    encoded(b"{"),
    encoded(b"[" * 5_000),
    encoded(b'{"k":7}'),
    encoded(b'{"k":""}'),
    encoded(b'{"k":"seventeen letters"}'),
    encoded(b'{"k":["a"]}'),
    encoded(b'{"k":"\\ud800"}'),
]


@pytest.mark.parametrize("text", GARBAGE, ids=range(len(GARBAGE)))
def test_garbage_is_no_descriptor_and_claims_no_key(text: object) -> None:
    assert Descriptor.open(text, call_of(), None) is None
    assert claimed_key(text) is None


@pytest.mark.parametrize("bound", [b"true", b"[]", b'{"a":1}', b"0"])
def test_a_forged_one_is_refused_by_the_key_that_it_claims(bound: bytes) -> None:
    text = encoded(b'{"k":"sixteen-letters!","b":' + bound + b"}")
    assert Descriptor.open(text, call_of(), "ann") is None
    assert claimed_key(text) == "sixteen-letters!"


def test_a_tag_has_a_short_name_that_depends_on_the_secret() -> None:
    keys, others = call_of(secrets=OLD).setup.keys, call_of(secrets=NEW).setup.keys
    assert len(tag_hash(keys, "stock")) == 12
    assert tag_hash(keys, "stock") == tag_hash(keys, "stock")
    assert len({tag_hash(keys, "stock"), tag_hash(keys, "stocks"), tag_hash(others, "stock")}) == 3


@pytest.mark.parametrize(("count", "said"), [(1, 1), (MAX_TAGS, MAX_TAGS)])
def test_each_tag_is_named_once(count: int, said: int) -> None:
    keys = call_of().setup.keys
    tags = [f"tag:{number}" for number in range(count)]
    assert tag_hashes(keys, [*tags, *tags]) == tuple(tag_hash(keys, tag) for tag in tags)
    assert len(tag_hashes(keys, tags)) == said


def test_more_tags_than_are_told_apart_are_any_tag() -> None:
    assert tag_hashes(call_of().setup.keys, [f"tag:{number}" for number in range(MAX_TAGS + 1)]) == (ANY_TAG,)


def test_no_tag_is_said_to_be_none() -> None:
    assert tag_hashes(call_of().setup.keys, []) == (NO_TAG,)
