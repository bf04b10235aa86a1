"""What plain arguments of a region make is remembered, and different ones stay different."""

from __future__ import annotations

from markupsafe import Markup

from twofold.regions import region


@region
async def either(value: bool | int | str) -> Markup:
    return Markup("<p>{}</p>").format(value)


def test_equal_arguments_of_different_types_are_different_regions() -> None:
    keys = [either._made_of_plain(one).key for one in (1, True, "1", 1)]
    assert keys[0] == keys[3]
    assert len(set(keys)) == 3


def test_remembered_or_not_the_key_is_the_same() -> None:
    assert either._made_of_plain("a") == either._made("a") == either._made(value="a")
