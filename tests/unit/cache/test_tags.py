"""Tags and tag templates."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Annotated, Any, Literal, NewType
from uuid import UUID

import pytest
from typing_extensions import TypeAliasType

from twofold.cache.tags import MAX_TAG_CHARACTERS, check_tag, compile_tags
from twofold.errors import ConfigurationError, ValidationFailed

WHERE = "app.py:3: level()"


class Size(Enum):
    SMALL = "s"
    LARGE = "l"


class Rank(IntEnum):
    FIRST = 1


class Weight(Enum):
    LIGHT = 1.5


Sku = NewType("Sku", str)
Alias = TypeAliasType("Alias", str)


def rendered(text: str, annotation: Any, value: Any) -> str:
    (template,) = compile_tags(text, {"sku": annotation}, WHERE)
    return template.render({"sku": value})


@pytest.mark.parametrize(
    ("annotation", "value", "tag"),
    [
        (str, "A-1", "stock:A-1"),
        (str, "", "stock:"),
        (str, "a:b{c}%", "stock:a:b{c}%"),
        (str, "größe", "stock:größe"),
        (int, -7, "stock:-7"),
        (bool, True, "stock:True"),
        (UUID, UUID(int=1), "stock:00000000-0000-0000-0000-000000000001"),
        (date, date(2024, 2, 29), "stock:2024-02-29"),
        (Size, Size.SMALL, "stock:s"),
        (Rank, Rank.FIRST, "stock:1"),
        (Literal["a", 2], 2, "stock:2"),
        (Annotated[str, "any mark"], "A-1", "stock:A-1"),
        (int | str, 5, "stock:5"),
        (Sku, Sku("A-1"), "stock:A-1"),
        (Alias, "A-1", "stock:A-1"),
    ],
)
def test_a_value_is_spelled_as_an_f_string_spells_it(annotation: Any, value: Any, tag: str) -> None:
    assert rendered("stock:{sku}", annotation, value) == tag
    if not isinstance(value, Enum):
        assert tag == f"stock:{value}"


@pytest.mark.parametrize(
    ("text", "tag"),
    [("stock", "stock"), ("{sku}", "A"), ("{sku}/{sku}!", "A/A!"), ("a{{b}}:{sku}", "a{b}:A"), ("{{sku}}", "{sku}")],
)
def test_templates_mix_text_and_values(text: str, tag: str) -> None:
    assert rendered(text, str, "A") == tag


def test_a_template_names_its_parameters() -> None:
    (template,) = compile_tags("{a}:x:{b}", {"a": str, "b": int}, WHERE)
    assert (template.text, template.parameters) == ("{a}:x:{b}", ("a", "b"))


def test_equal_templates_count_once() -> None:
    assert len(compile_tags(["stock", "stock"], {}, WHERE)) == 1


@pytest.mark.parametrize(
    ("text", "annotation", "reason"),
    [
        ("stock:{id}", str, "there is no parameter 'id'; the parameters are: sku"),
        ("stock:{}", str, "only a parameter's plain name"),
        ("stock:{0}", str, "only a parameter's plain name"),
        ("stock:{sku.owner}", str, "only a parameter's plain name"),
        ("stock:{sku[0]}", str, "only a parameter's plain name"),
        ("stock:{sku!r}", str, "only a parameter's plain name"),
        ("stock:{sku:>9}", str, "only a parameter's plain name"),
        ("stock:{sku:{sku}}", str, "only a parameter's plain name"),
        ("stock:{sku", str, "write a literal brace twice"),
        ("stock:}", str, "write a literal brace twice"),
        ("", str, "a tag is a text of 1 to 256 characters"),
        ("x" * 257, str, "a tag is a text of 1 to 256 characters"),
        ("\ud800", str, "not valid Unicode"),
        ("{sku}", float, "no single spelling"),
        ("{sku}", Decimal, "no single spelling"),
        ("{sku}", datetime, "no single spelling"),
        ("{sku}", bytes, "no single spelling"),
        ("{sku}", str | None, "no single spelling"),
        ("{sku}", list[str], "no single spelling"),
        ("{sku}", Weight, "no single spelling"),
        ("{sku}", Literal["a"] | None, "no single spelling"),
    ],
)
def test_misuse_is_refused_with_its_place(text: str, annotation: Any, reason: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        compile_tags(text, {"sku": annotation}, WHERE)
    assert reason in str(refused.value)
    assert str(refused.value).startswith(WHERE)


def test_128_tags_are_the_limit() -> None:
    compile_tags([f"tag-{n}" for n in range(128)], {}, WHERE)
    with pytest.raises(ConfigurationError, match="129 tags"):
        compile_tags([f"tag-{n}" for n in range(129)], {}, WHERE)


@pytest.mark.parametrize(("text", "value", "problem"), [("{sku}", "", "empty"), ("s:{sku}", "x" * 255, "too long")])
def test_a_value_that_makes_no_tag_is_the_callers_fault(text: str, value: str, problem: str) -> None:
    with pytest.raises(ValidationFailed) as failed:
        rendered(text, str, value)
    assert failed.value.fields == {"sku": [f"Makes the cache tag {text} {problem}"]}


def test_the_longest_tag_is_a_tag() -> None:
    assert len(rendered("s:{sku}", str, "x" * 254)) == MAX_TAG_CHARACTERS


@pytest.mark.parametrize("tag", [None, 5, b"stock", "", "x" * 257, "\udcff", ["stock"]])
def test_what_is_not_a_tag_is_refused(tag: object) -> None:
    with pytest.raises(ConfigurationError, match="revalidate_tag"):
        check_tag(tag, "revalidate_tag()")
