"""What a browser says is on its page."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from support.region_calls import call_of
from twofold.cache import Sequence
from twofold.regions import Descriptor, have_of, read_have
from twofold.regions.have import MAX_CHARACTERS, MAX_REGIONS

ONE = Descriptor("one", "app.one", {}, ("?",), Sequence("e", 1))
TWO = replace(ONE, key="two")


def body(*texts: object) -> bytes:
    return json.dumps(texts).encode()


def test_the_regions_come_by_key_in_the_order_of_the_page() -> None:
    call = call_of()
    assert list(read_have(body(TWO.sign(call), ONE.sign(call)), call).regions) == ["two", "one"]


def test_of_two_with_one_key_the_first_counts() -> None:
    call = call_of()
    newer = replace(ONE, sequence=Sequence("e", 2))
    assert read_have(body(ONE.sign(call), newer.sign(call)), call).regions["one"].sequence == Sequence("e", 1)


def test_what_is_refused_is_told_by_its_key_once_and_the_rest_is_taken() -> None:
    call = call_of()
    forged = TWO.sign(call)[:-1] + "!"
    have = read_have(body(forged, ONE.sign(call), forged, "nonsense", 7, None), call)
    assert list(have.regions) == ["one"]
    assert have.gone == ("two",)


@pytest.mark.parametrize(
    "raw", [b"", b"null", b"{}", b'"x"', b"[", b"\xff", b"[" * 20_000, b"[1e999]", b'["\\ud800"]', b"[NaN]", b"[[[]]]"]
)
def test_a_malformed_list_is_an_empty_one(raw: bytes) -> None:
    have = read_have(raw, call_of())
    assert (have.regions, have.gone) == ({}, ())


def test_the_list_ends_after_so_many() -> None:
    call = call_of()
    texts = [replace(ONE, key=f"k{number}").sign(call) for number in range(MAX_REGIONS + 1)]
    assert list(read_have(body(*texts), call).regions) == [f"k{number}" for number in range(MAX_REGIONS)]


def test_a_list_that_is_too_long_is_not_read() -> None:
    call = call_of()
    raw = body(ONE.sign(call))
    assert read_have(raw.ljust(MAX_CHARACTERS), call).regions
    assert not read_have(raw.ljust(MAX_CHARACTERS + 1), call).regions


def test_a_form_says_it_in_two_fields() -> None:
    call = call_of()
    pairs = [("quantity", "2"), ("_tf_have", body(ONE.sign(call)).decode()), ("_tf_from", "one")]
    have, shown = have_of(pairs, call)
    assert (list(have.regions), shown) == (["one"], "one")


def test_a_form_that_says_nothing_has_nothing() -> None:
    have, shown = have_of([("quantity", "2")], call_of())
    assert (have.regions, have.gone, shown) == ({}, (), "")


def test_what_was_taken_says_for_which_session() -> None:
    assert read_have(b"[]", call_of(session="ann")).session == "ann"
    assert read_have(b"[]", call_of()).session is None
