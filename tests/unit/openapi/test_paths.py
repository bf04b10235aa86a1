"""Patterns as path templates: every route has a place, and no two templates are the same."""

from __future__ import annotations

from typing import Any

import pytest

from twofold.openapi.paths import places_of
from twofold.openapi.words import operation_id, prose_of, tag_of
from twofold.routing import RouteTree


def templates(*patterns: str) -> dict[str, list[str]]:
    tree: RouteTree[Any] = RouteTree()
    nodes = [tree.node(pattern, "test.py:1") for pattern in patterns]
    return {pattern: [place.template for place in places] for pattern, places in places_of(nodes).items()}


def test_a_plain_route_is_its_own_template() -> None:
    assert templates("/", "/api/stock/{sku}") == {"/": ["/"], "/api/stock/{sku}": ["/api/stock/{sku}"]}


def test_text_outside_of_ascii_is_percent_encoded() -> None:
    assert templates("/café/{x}") == {"/café/{x}": ["/caf%C3%A9/{x}"]}


def test_one_parameter_stands_for_the_rest_of_the_path() -> None:
    assert templates("/files/{path...}") == {"/files/{path...}": ["/files/{path}"]}


def test_a_rest_that_may_be_missing_has_a_place_without_it() -> None:
    assert templates("/files/{path...?}") == {"/files/{path...?}": ["/files", "/files/{path}"]}


def test_a_rest_beside_one_segment_begins_with_two() -> None:
    found = templates("/files/{path...}", "/files/{name}")
    assert found == {"/files/{name}": ["/files/{name}"], "/files/{path...}": ["/files/{path_1}/{path_2}"]}


def test_a_rest_beside_two_segments_begins_with_three() -> None:
    found = templates("/f/{path...}", "/f/{a}", "/f/{a}/{b}")
    assert found["/f/{path...}"] == ["/f/{path_1}/{path_2}/{path_3}"]


IDS = [
    ("GET", "/", "get_root"),
    ("GET", "/api/stock/{sku}", "get_api_stock_by_sku"),
    ("POST", "/api/stock-levels", "post_api_stock_levels"),
    ("GET", "/stock/sku", "get_stock_sku"),
    ("GET", "/stock/{sku}", "get_stock_by_sku"),
    ("DELETE", "/.well-known/x", "delete_well_known_x"),
]


@pytest.mark.parametrize(("method", "template", "name"), IDS)
def test_an_operation_is_named_by_what_callers_see(method: str, template: str, name: str) -> None:
    assert operation_id(method, template) == name


TAGS = [
    ("/", "root"), ("/{x}", "root"), ("/api", "api"), ("/api/stock/{sku}", "stock"), ("/api/v1/stock", "stock"),
    ("/v2/{tenant}/orders", "orders"), ("/webhooks/payment", "webhooks"), ("/caf%C3%A9", "café"),
]  # fmt: skip


@pytest.mark.parametrize(("template", "tag"), TAGS)
def test_operations_are_grouped_by_their_first_telling_folder(template: str, tag: str) -> None:
    assert tag_of(template) == tag


def one_sentence() -> None:
    """Do it."""


def two_sentences() -> None:
    """Do it. Then
    do more.

    In `detail`.

    Args:
        x: hidden.
    """


def wrapped() -> None:
    """Do it at great
    length.

    Raises:
        Nothing: ever.
    """


def take_stock() -> None: ...


def GET() -> None: ...  # noqa: N802


PROSE: list[tuple[Any, tuple[str, str]]] = [
    (one_sentence, ("Do it", "")),
    (two_sentences, ("Do it", "Then do more.\n\nIn `detail`.")),
    (wrapped, ("Do it at great length", "")),
    (take_stock, ("Take stock", "")),
    (GET, ("", "")),
]


@pytest.mark.parametrize(("function", "prose"), PROSE)
def test_a_docstring_is_summary_and_description(function: Any, prose: tuple[str, str]) -> None:
    assert prose_of(function) == prose
