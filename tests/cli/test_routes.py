from __future__ import annotations

import io
import json
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from annotated_types import Ge, MaxLen
from pydantic import Field
from rich.console import Console

from cli.programs import run
from twofold import Secret
from twofold.cli.contract import Contract
from twofold.cli.routes import show
from twofold.cli.types import type_name


@pytest.fixture(scope="module")
def contracts(shared_project: Path) -> dict[str, Any]:
    done = run(shared_project, "routes", "--json")
    assert done.returncode == 0, done.stderr
    return {f"{one['method']} {one['name']}": one for one in json.loads(done.stdout)}


def line_of(project: Path, text: str) -> int:
    """Give the line of what stands in the source, or of the decorators above it."""
    return next(number for number, line in enumerate((project / "main.py").read_text().splitlines(), 1) if text in line)


def test_everything_that_the_app_answers_is_there(contracts: dict[str, Any]) -> None:
    kinds = [one["kind"] for one in contracts.values()]
    assert {kind: kinds.count(kind) for kind in kinds} == {"page": 9, "handler": 8, "action": 7}


def test_a_page_says_what_it_takes_and_which_tags_it_reads(contracts: dict[str, Any], shared_project: Path) -> None:
    page = contracts["GET /products/{sku}"]
    assert (page["kind"], page["function"], page["callers"]) == ("page", "main.product", "anyone")
    assert page["place"] == f"main.py:{line_of(shared_project, '/products/{sku}')}"
    assert page["takes"] == [
        {"name": "sku", "type": "str", "source": "path", "default": None},
        {"name": "sort", "type": "str", "source": "query", "default": "'name'"},
    ]
    assert page["reads"] == ["stock:{sku}"]


def test_an_action_says_who_may_call_it_and_what_follows(contracts: dict[str, Any]) -> None:
    action = contracts["CALL main.reserve_stock"]
    assert (action["callers"], action["origin"]) == ("forms of this app, and the typed client", "always")
    assert [one["type"] for one in action["takes"]] == ["str", "int, Ge(1), Le(20)"]
    assert action["revalidates"] == ["stock:{sku}"]
    assert action["errors"] == ["OUT_OF_STOCK 409"]
    assert action["gives"] == "Reservation"
    assert contracts["CALL main.write_review"]["callers"] == "forms of this app"
    assert contracts["CALL main.fail"]["notes"] == ["runs again when it is sent again"]


ORIGINS = [
    ("GET /api/stock/{sku}", "anyone", "never"),
    ("POST /api/reservations", "anyone", "when the session is used"),
    ("PUT /api/echo", "pages of this site", "always"),
    ("POST /api/webhooks/payment", "whoever signs the body", "when the session is used"),
    ("GET /products/{sku}", "anyone", "never to read it, always for its actions"),
]


@pytest.mark.parametrize(("name", "callers", "origin"), ORIGINS)
def test_every_route_says_who_may_call_it(contracts: dict[str, Any], name: str, callers: str, origin: str) -> None:
    assert (contracts[name]["callers"], contracts[name]["origin"]) == (callers, origin)


def test_a_handler_says_what_guards_and_verifies_it(contracts: dict[str, Any]) -> None:
    assert contracts["DELETE /api/reservations/{number}"]["guards"] == ["main.admins_only"]
    assert contracts["POST /api/webhooks/payment"]["signature"] == "HmacSha256 in x-payment-signature"


def test_a_handler_says_where_each_parameter_comes_from(contracts: dict[str, Any]) -> None:
    taken = contracts["GET /api/stock/{sku}"]["takes"]
    assert [(one["name"], one["source"]) for one in taken] == [
        ("sku", "path"), ("who", "depends on visitor"), ("user-agent", "header"), ("verbose", "query"),
    ]  # fmt: skip


def test_without_a_terminal_there_are_no_colours_and_nothing_is_cut(shared_project: Path) -> None:
    done = run(shared_project, "routes", COLUMNS="40")
    assert "\x1b" not in done.stdout
    assert "…" not in done.stdout
    assert "takes: stars: Literal['1', '2', '3']; text: str; password: str, Secret; tags: tuple[str, ...] = ()" in done.stdout
    assert "DELETE /api/reservations/{number}" in done.stdout
    assert [line for line in done.stdout.splitlines() if line != line.rstrip()] == []


def test_on_a_terminal_everything_fits_its_width() -> None:
    text = io.StringIO()
    one = Contract(
        kind="handler", method="GET", name="/a" * 60, function="f", place="a.py:1", callers="anyone " * 30, origin="never"
    )
    show([one], Console(file=text, force_terminal=True, width=60, color_system=None))
    assert max(map(len, text.getvalue().splitlines())) <= 60
    assert text.getvalue().count("anyone") == 30


def test_secrets_of_webhooks_are_not_shown(shared_project: Path) -> None:
    assert "a-secret-of-tests" not in run(shared_project, "routes", "--json").stdout


class Colour(Enum):
    RED = "red"


TYPES = [
    (int, "int"),
    (None, "None"),
    (str | None, "str | None"),
    (list[dict[str, int]], "list[dict[str, int]]"),
    (tuple[str, ...], "tuple[str, ...]"),
    (Literal["a", 1], "Literal['a', 1]"),
    (Annotated[int, Ge(1)], "int, Ge(1)"),
    (Annotated[str, Secret, MaxLen(3)], "str, Secret, MaxLen(3)"),
    (Annotated[str, Field(pattern="^a$", max_length=3, description="prose")], "str, MaxLen(3), pattern='^a$'"),
    (Colour, "Colour"),
    ("Later", "Later"),
]


@pytest.mark.parametrize(("annotation", "name"), TYPES)
def test_a_type_is_shown_as_it_is_written(annotation: Any, name: str) -> None:
    assert type_name(annotation) == name


def test_limits_sites_and_what_counts_once_are_part_of_the_contract(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(
        """
from twofold import App, action, cors, idempotent, limit, verify
from twofold.webhooks import GitHub, dedupe

app = App()


@app.post("/orders")
@cors(origins=["https://shop.example", "https://*.partner.example"], credentials=True)
@limit("10/minute")
@limit("100/hour", name="api")
@idempotent(required=True)
async def order() -> int:
    return 1


@app.get("/open")
@cors(origins="*")
async def everyone() -> int:
    return 1


@app.post("/webhook")
@verify(GitHub(secret="a-secret-of-16-bytes"))
@dedupe(by=lambda id: id)
async def webhook(id: int) -> int:
    return 1


@action
@limit("5/minute")
async def reserve(sku: str) -> str:
    return sku
"""
    )
    contracts = {
        f"{one['method']} {one['name']}": one for one in json.loads(run(tmp_path, "routes", "shop:app", "--json").stdout)
    }
    order = contracts["POST /orders"]
    assert order["limits"] == ["10 in 60 s by client_address", "100 in 3600 s by client_address, shared as api"]
    assert order["cors"] == "scripts of https://shop.example, https://*.partner.example, with cookies"
    assert order["once"] == "by Idempotency-Key"
    assert contracts["GET /open"]["cors"] == "scripts of every site"
    assert contracts["POST /webhook"]["once"] == "by the id of its event"
    assert contracts["CALL shop.reserve"]["limits"] == ["5 in 60 s by client_address"]
    assert contracts["CALL shop.reserve"]["once"] == "by its call key"
