from __future__ import annotations

from enum import StrEnum
from uuid import UUID

import pytest

from twofold.errors import ConfigurationError
from twofold.routing import Node, RouteTree


class Colour(StrEnum):
    RED = "red wine"


def node_of(pattern: str) -> Node[str]:
    return RouteTree[str]().node(pattern, "app/page.py:4")


@pytest.mark.parametrize(
    ("pattern", "parameters", "url"),
    [
        ("/", {}, "/"),
        ("/stock", {}, "/stock"),
        ("/café", {}, "/caf%C3%A9"),
        ("/a b/@me", {}, "/a%20b/@me"),
        ("/stock/{sku}", {"sku": "A-1"}, "/stock/A-1"),
        ("/stock/{sku}", {"sku": "a/b?c#d%2F"}, "/stock/a%2Fb%3Fc%23d%252F"),
        ("/stock/{sku}", {"sku": "\\é\N{RED APPLE}"}, "/stock/%5C%C3%A9%F0%9F%8D%8E"),
        ("/stock/{sku}", {"sku": 7}, "/stock/7"),
        ("/stock/{sku}", {"sku": Colour.RED}, "/stock/red%20wine"),
        ("/stock/{sku}", {"sku": UUID(int=1)}, "/stock/00000000-0000-0000-0000-000000000001"),
        ("/stock/{self}", {"self": "x"}, "/stock/x"),
        ("/{a}/x/{b}", {"b": "2", "a": "1"}, "/1/x/2"),
        ("/{path...}", {"path": ("a", "b/c")}, "/a/b%2Fc"),
        ("/{path...}", {"path": ["//evil.example"]}, "/%2F%2Fevil.example"),
        ("/docs/{page...?}", {}, "/docs"),
        ("/docs/{page...?}", {"page": ()}, "/docs"),
        ("/docs/{page...?}", {"page": ("a",)}, "/docs/a"),
        ("/{page...?}", {}, "/"),
    ],
)
def test_parameters_make_a_url(pattern: str, parameters: dict[str, object], url: str) -> None:
    assert node_of(pattern).url(**parameters) == url


@pytest.mark.parametrize(
    ("pattern", "parameters", "reason"),
    [
        ("/stock/{sku}", {}, "no value for sku; pass sku=..."),
        ("/{a}/{b}", {"a": "1"}, "no value for b"),
        ("/{path...}", {}, "no value for path"),
        ("/stock/{sku}", {"sku": "1", "id": "2"}, "takes sku, not id"),
        ("/stock", {"sku": "1"}, "takes no parameters, not sku"),
        ("/stock/{sku}", {"sku": ""}, "cannot be a segment"),
        ("/stock/{sku}", {"sku": "."}, "cannot be a segment"),
        ("/stock/{sku}", {"sku": ".."}, "cannot be a segment"),
        ("/stock/{sku}", {"sku": "a\nb"}, "control character"),
        ("/stock/{sku}", {"sku": "\x00"}, "control character"),
        ("/stock/{sku}", {"sku": "\ud800"}, "surrogate"),
        ("/stock/{sku}", {"sku": None}, "is not text, a number or a UUID"),
        ("/stock/{sku}", {"sku": True}, "is not text, a number or a UUID"),
        ("/stock/{sku}", {"sku": b"x"}, "is not text, a number or a UUID"),
        ("/stock/{sku}", {"sku": ("a",)}, "is not text, a number or a UUID"),
        ("/{path...}", {"path": ()}, "takes one segment or more"),
        ("/{path...}", {"path": "a/b"}, "pass path=('a', 'b')"),
        ("/{path...}", {"path": ("a", "..")}, "cannot be a segment"),
        ("/{path...?}", {"path": None}, "takes none or more segments"),
        ("/{path...}", {"path": ("a",) * 200}, "at most"),
        ("/{sku}", {"sku": "a" * 9000}, "at most"),
    ],
)
def test_what_cannot_be_a_url_is_refused_with_a_reason(pattern: str, parameters: dict[str, object], reason: str) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        node_of(pattern).url(**parameters)

    assert reason in str(refusal.value)
    assert f"{pattern} (app/page.py:4)" in str(refusal.value)
