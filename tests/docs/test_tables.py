"""The tables of the explanations are true: every row is tried."""

from __future__ import annotations

import enum
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, Optional
from uuid import UUID

import pytest

from twofold import BigInt, ValidationFailed
from twofold.boundary import Arguments, FormInput, Parameter, Shape, Where, parse_urlencoded
from twofold.origin import decide, own_origins

EXPLANATION = Path(__file__).parents[2] / "docs" / "explanation"
WHERE = Where("actions.py", 1, "f")


class Color(enum.Enum):
    RED = "red"


@dataclass
class Address:
    zip: str
    city: str


NAMES: dict[str, Any] = {
    "Address": Address, "BigInt": BigInt, "Color": Color, "Decimal": Decimal, "Literal": Literal, "Optional": Optional,
    "UUID": UUID, "date": date, "datetime": datetime, "timedelta": timedelta,
}  # fmt: skip


def rows(page: str, name: str) -> list[tuple[str, ...]]:
    """Give the cells of the table under `<!-- checked: name -->`, without its head."""
    text = (EXPLANATION / page).read_text(encoding="utf-8")
    table = re.search(rf"<!-- checked: {name} -->\n((?:\|.*\n)+)", text)
    assert table, f"{page} has no table {name}"
    lines = table[1].splitlines()[2:]
    return [tuple(cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]) for line in lines]


def code(cell: str) -> str:
    """Give what stands between backticks; the cell itself where there are none."""
    found = re.match(r"`([^`]*)`", cell)
    return found[1] if found else cell


def annotation(cell: str) -> Any:
    written = eval(code(cell), dict(NAMES))
    return Optional[written] if cell.endswith("or `None`") else written  # noqa: UP045 - the table writes it so


def refusal(read: Any) -> dict[str, Sequence[str]]:
    with pytest.raises(ValidationFailed) as caught:
        read()
    return dict(caught.value.fields or {})


@pytest.mark.parametrize(("declared", "wire"), rows("boundary.md", "types"))
def test_a_type_is_on_the_wire_as_the_table_says(declared: str, wire: str) -> None:
    shape: Shape[Any] = Shape(annotation(declared))
    written = shape.to_json(shape.validate_json(code(wire).encode()))
    assert written.decode() == code(wire)


@pytest.mark.parametrize(("sent", "message", "place"), rows("boundary.md", "json"))
def test_json_is_refused_as_the_table_says(sent: str, message: str, place: str) -> None:
    arguments = Arguments({"quantity": Parameter(int)}, WHERE)
    assert refusal(lambda: arguments.validate_json(code(sent).encode())) == {place: [message]}


@pytest.mark.parametrize(("declared", "sent", "value"), rows("boundary.md", "form"))
def test_a_form_is_read_as_the_table_says(declared: str, sent: str, value: str) -> None:
    arguments = Arguments({"x": Parameter(annotation(declared))}, WHERE)
    form = FormInput() if sent == "nothing" else parse_urlencoded(code(sent).encode())
    if value.startswith("`"):
        assert arguments.validate_form(form) == {"x": eval(code(value), dict(NAMES))}
    else:
        assert refusal(lambda: arguments.validate_form(form)) == {"x": [value]}


def headers(cell: str) -> list[str]:
    return [] if cell == "absent" else [code(cell)]


@pytest.mark.parametrize(("site", "origin", "action", "with_cookies", "without"), rows("security.md", "origin"))
def test_an_origin_is_judged_as_the_table_says(site: str, origin: str, action: str, with_cookies: str, without: str) -> None:
    own = own_origins("https", "shop.example")
    for kind, has_credentials, said in (("action", True, action), ("handler", True, with_cookies), ("handler", False, without)):
        decision = decide(
            sec_fetch_site=headers(site),
            origin=headers(origin),
            own=lambda: own,
            kind=kind,  # type: ignore[arg-type]
            has_ambient_credentials=lambda has=has_credentials: has,  # type: ignore[misc]
        )
        assert ("pass" if decision.allowed else "refuse", decision.reason) == tuple(re.findall(r"[\w-]+", said)), kind
