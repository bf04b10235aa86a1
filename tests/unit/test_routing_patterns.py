from __future__ import annotations

import pytest

from twofold.errors import ConfigurationError
from twofold.routing import MAX_SEGMENTS, Kind, RouteTree, Segment, parse_pattern

WELL_FORMED = [
    ("/", ()),
    ("/stock", (Segment(Kind.STATIC, "stock"),)),
    ("/stock/{sku}", (Segment(Kind.STATIC, "stock"), Segment(Kind.DYNAMIC, "sku"))),
    ("/{a}/{b}", (Segment(Kind.DYNAMIC, "a"), Segment(Kind.DYNAMIC, "b"))),
    ("/files/{path...}", (Segment(Kind.STATIC, "files"), Segment(Kind.REST, "path"))),
    ("/{path...?}", (Segment(Kind.OPTIONAL_REST, "path"),)),
    ("/.well-known/...", (Segment(Kind.STATIC, ".well-known"), Segment(Kind.STATIC, "..."))),
    ("/café menu/@me", (Segment(Kind.STATIC, "café menu"), Segment(Kind.STATIC, "@me"))),
]

MALFORMED = [
    ("", "does not start with a slash"),
    ("stock", "write '/stock'"),
    ("/stock/", "write '/stock'"),
    ("//", "write '/'"),
    ("/a//b", "write '/a/b'"),
    ("/a/./b", "dot segment"),
    ("/..", "dot segment"),
    ("/a/{}", "does not name a Python parameter"),
    ("/a/{1st}", "does not name a Python parameter"),
    ("/a/{class}", "does not name a Python parameter"),
    ("/a/{my-sku}", "does not name a Python parameter"),
    ("/a/{sku?}", "write {sku...?}"),
    ("/a/sku-{sku}", "a parameter is a whole segment"),
    ("/a/{sku:int}", "does not name a Python parameter"),
    ("/a/[sku]/{", "neither text nor a parameter"),
    ("/caf%C3%A9", "neither text nor a parameter"),
    ("/a?b", "neither text nor a parameter"),
    ("/a#b", "neither text nor a parameter"),
    ("/a\\b", "neither text nor a parameter"),
    ("/a\x00b", "cannot be printed"),
    ("/a\ud800b", "cannot be printed"),
    ("/{path...}/edit", "is not its last segment"),
    ("/{path...?}/{b}", "is not its last segment"),
    ("/{id}/x/{id}", "the parameter 'id' twice"),
    ("/a" * (MAX_SEGMENTS + 1), f"more than {MAX_SEGMENTS} segments"),
]

CONTRADICTIONS = [
    ("/stock/{sku}", "/stock/{id}", "use one name"),
    ("/stock/{sku}/history", "/stock/{id}/price", "use one name"),
    ("/files/{path}", "/files/{path...}", "one segment"),
    ("/files/{path...}", "/files/{path}", "the rest of the path"),
    ("/files/{path...}", "/files/{other...}", "keep one of them"),
    ("/files/{path...}", "/files/{path...?}", "keep one of them"),
    ("/files", "/files/{path...?}", "answers the same path"),
    ("/files/{path...?}", "/files", "answers the same path"),
    ("/", "/{path...?}", "answers the same path"),
    ("/files/{a}/{b...?}", "/files/{a}", "answers the same path"),
]

PEACEFUL = [
    ("/stock/{sku}", "/stock/new"),
    ("/stock/{sku}", "/stock/{sku}/history"),
    ("/files/{name}", "/files/{path...}"),
    ("/files/{name}", "/files/{path...?}"),
    ("/files", "/files/{path...}"),
    ("/f/{a}/{p...?}", "/f/{q...}"),
    ("/a/{x}", "/b/{y}"),
]


@pytest.mark.parametrize(("pattern", "segments"), WELL_FORMED)
def test_well_formed_pattern_has_segments(pattern: str, segments: tuple[Segment, ...]) -> None:
    assert parse_pattern(pattern, "app.py:1") == segments


@pytest.mark.parametrize(("pattern", "segments"), WELL_FORMED)
def test_segments_write_their_pattern(pattern: str, segments: tuple[Segment, ...]) -> None:
    assert "/" + "/".join(map(str, segments)) == pattern


@pytest.mark.parametrize(("pattern", "reason"), MALFORMED)
def test_malformed_pattern_is_refused_with_place_and_remedy(pattern: str, reason: str) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        parse_pattern(pattern, "app.py:7")

    assert str(refusal.value).startswith("app.py:7: ")
    assert reason in str(refusal.value)


@pytest.mark.parametrize(("first", "second", "reason"), CONTRADICTIONS)
def test_contradiction_names_both_sources(first: str, second: str, reason: str) -> None:
    tree: RouteTree[str] = RouteTree()
    tree.node(first, "one.py:1")

    with pytest.raises(ConfigurationError) as refusal:
        tree.node(second, "two.py:2")

    assert str(refusal.value).startswith("two.py:2: ")
    assert "one.py:1" in str(refusal.value)
    assert reason in str(refusal.value)


@pytest.mark.parametrize(("first", "second", "reason"), CONTRADICTIONS)
def test_refused_pattern_leaves_no_trace(first: str, second: str, reason: str) -> None:
    tree: RouteTree[str] = RouteTree()
    tree.node(first, "one.py:1")
    with pytest.raises(ConfigurationError, match="contradicts"):
        tree.node(second, "two.py:2")

    assert [node.pattern for node in tree.nodes] == [first]
    assert tree.node(first, "three.py:3").source == "one.py:1"


@pytest.mark.parametrize("pair", PEACEFUL)
@pytest.mark.parametrize("is_reversed", [False, True])
def test_patterns_of_different_precedence_live_together(pair: tuple[str, str], is_reversed: bool) -> None:
    tree: RouteTree[str] = RouteTree()
    patterns = list(reversed(pair)) if is_reversed else list(pair)

    assert [tree.node(pattern, "app.py:1").pattern for pattern in patterns] == patterns


def test_one_pattern_has_one_node() -> None:
    tree: RouteTree[str] = RouteTree()
    page = tree.node("/stock/{sku}", "page.py:1")
    page.value = "endpoint"

    assert tree.node("/stock/{sku}", "route.py:9") is page
    assert page.source == "page.py:1"
    assert page.parameter_names == ("sku",)
    assert tree.nodes == (page,)


def test_mount_with_parameters_is_refused() -> None:
    tree: RouteTree[str] = RouteTree()

    with pytest.raises(ConfigurationError, match="mount under text"):
        tree.mount("/shops/{shop}", "asgi", "app.py:3")


def test_second_mount_of_a_prefix_names_the_first() -> None:
    tree: RouteTree[str] = RouteTree()
    tree.mount("/legacy", "asgi", "app.py:3")

    with pytest.raises(ConfigurationError, match=r"app\.py:4: '/legacy' is already mounted at app\.py:3"):
        tree.mount("/legacy", "other", "app.py:4")
