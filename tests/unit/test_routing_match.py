from __future__ import annotations

import sys
from collections import Counter
from itertools import product
from types import FrameType

import pytest

from twofold.routing import MAX_PATH_BYTES, MAX_SEGMENTS, Malformed, Match, RouteTree

PATTERNS = [
    "/",
    "/stock",
    "/stock/new",
    "/stock/new/draft",
    "/stock/{sku}",
    "/stock/{sku}/history",
    "/shops/{shop}/items/{item}",
    "/shops/main/items/first",
    "/files/{path...}",
    "/docs/{page...?}",
    "/mixed/{name}",
    "/mixed/{path...}",
    "/café",
    "/a b",
    "/.well-known/security",
    "/@me",
    "/{top}/only",
]

# raw path, pattern, parameters, whether one slash is too many
LEADS_TO = [
    (b"/", "/", {}, False),
    (b"/stock", "/stock", {}, False),
    (b"/stock/", "/stock", {}, True),
    (b"/%73tock", "/stock", {}, False),
    (b"/%73tock/", "/stock", {}, True),
    (b"/stock/new", "/stock/new", {}, False),
    (b"/stock/n%65w", "/stock/new", {}, False),
    (b"/stock/new/draft", "/stock/new/draft", {}, False),
    (b"/stock/A-1", "/stock/{sku}", {"sku": "A-1"}, False),
    (b"/stock/A-1/", "/stock/{sku}", {"sku": "A-1"}, True),
    (b"/stock/A.1", "/stock/{sku}", {"sku": "A.1"}, False),
    (b"/stock/...", "/stock/{sku}", {"sku": "..."}, False),
    (b"/stock/.hidden", "/stock/{sku}", {"sku": ".hidden"}, False),
    (b"/stock/New", "/stock/{sku}", {"sku": "New"}, False),
    (b"/stock/new/history", "/stock/{sku}/history", {"sku": "new"}, False),
    (b"/stock/a%2Fb", "/stock/{sku}", {"sku": "a/b"}, False),
    (b"/stock/a%2fhistory", "/stock/{sku}", {"sku": "a/history"}, False),
    (b"/stock/%252F", "/stock/{sku}", {"sku": "%2F"}, False),
    (b"/stock/%2E%2E%2Fetc", "/stock/{sku}", {"sku": "../etc"}, False),
    (b"/stock/a+b", "/stock/{sku}", {"sku": "a+b"}, False),
    (b"/stock/a;v=1", "/stock/{sku}", {"sku": "a;v=1"}, False),
    (b"/stock/%C3%A9", "/stock/{sku}", {"sku": "é"}, False),
    ("/stock/é".encode(), "/stock/{sku}", {"sku": "é"}, False),
    (b"/stock/%F0%9F%8D%8E", "/stock/{sku}", {"sku": "\N{RED APPLE}"}, False),
    (b"/shops/a/items/b", "/shops/{shop}/items/{item}", {"shop": "a", "item": "b"}, False),
    (b"/shops/main/items/b", "/shops/{shop}/items/{item}", {"shop": "main", "item": "b"}, False),
    (b"/shops/main/items/first", "/shops/main/items/first", {}, False),
    (b"/files/a", "/files/{path...}", {"path": ("a",)}, False),
    (b"/files/a/b/c", "/files/{path...}", {"path": ("a", "b", "c")}, False),
    (b"/files/a%2Fb/c/", "/files/{path...}", {"path": ("a/b", "c")}, True),
    (b"/docs", "/docs/{page...?}", {"page": ()}, False),
    (b"/docs/", "/docs/{page...?}", {"page": ()}, True),
    (b"/doc%73/", "/docs/{page...?}", {"page": ()}, True),
    (b"/docs/a/b", "/docs/{page...?}", {"page": ("a", "b")}, False),
    (b"/mixed/one", "/mixed/{name}", {"name": "one"}, False),
    (b"/mixed/one/two", "/mixed/{path...}", {"path": ("one", "two")}, False),
    (b"/caf%C3%A9", "/café", {}, False),
    (b"/caf%c3%a9", "/café", {}, False),
    ("/café".encode(), "/café", {}, False),
    (b"/a%20b", "/a b", {}, False),
    (b"/a b", "/a b", {}, False),
    (b"/.well-known/security", "/.well-known/security", {}, False),
    (b"/%40me", "/@me", {}, False),
    (b"/stock/only", "/stock/{sku}", {"sku": "only"}, False),
    (b"/files/only", "/files/{path...}", {"path": ("only",)}, False),
    (b"/elsewhere/only", "/{top}/only", {"top": "elsewhere"}, False),
]

LEADS_NOWHERE = [
    b"",
    b"stock",
    b"new",
    b"*",
    b"http://host/stock",
    b"/nothing",
    b"/Stock",
    b"/stock/a/b",
    b"/stock%2Fnew",
    b"//",
    b"//stock",
    b"/stock//",
    b"/stock//new",
    b"/files",
    b"/files/",
    b"/files//a",
    b"/files/a//b",
    b"/docs//",
    b"/stock/.",
    b"/stock/..",
    b"/stock/%2e",
    b"/stock/%2E%2e",
    b"/stock/../stock",
    b"/./stock",
    b"/files/a/../b",
    b"/files/%2e%2e/b",
]

MEANS_NOTHING = [
    (b"/stock/%", Malformed.INVALID_PERCENT, 400),
    (b"/stock/%4", Malformed.INVALID_PERCENT, 400),
    (b"/stock/%zz", Malformed.INVALID_PERCENT, 400),
    (b"/stock/%u0041", Malformed.INVALID_PERCENT, 400),
    (b"/nowhere/%", Malformed.INVALID_PERCENT, 400),
    (b"/stock/%FF", Malformed.NOT_UTF8, 400),
    (b"/stock/\xff", Malformed.NOT_UTF8, 400),
    (b"/stock/%C0%AF", Malformed.NOT_UTF8, 400),
    (b"/stock/%C3/%A9", Malformed.NOT_UTF8, 400),
    (b"/stock/%ED%A0%80", Malformed.NOT_UTF8, 400),
    (b"/stock/%00", Malformed.CONTROL_CHARACTER, 400),
    (b"/stock/a\x00b", Malformed.CONTROL_CHARACTER, 400),
    (b"/stock/%0D%0ASet-Cookie:x", Malformed.CONTROL_CHARACTER, 400),
    (b"/stock/%7F", Malformed.CONTROL_CHARACTER, 400),
    (b"/stock/%C2%85", Malformed.CONTROL_CHARACTER, 400),
    (b"/stock/" + b"a" * MAX_PATH_BYTES, Malformed.TOO_LONG, 414),
    (b"/" * (MAX_PATH_BYTES + 1), Malformed.TOO_LONG, 414),
    (b"/a" * (MAX_SEGMENTS + 1), Malformed.TOO_MANY_SEGMENTS, 414),
    (b"/%61" * (MAX_SEGMENTS + 1), Malformed.TOO_MANY_SEGMENTS, 414),
]


def tree_of(*patterns: str) -> RouteTree[str]:
    tree: RouteTree[str] = RouteTree()
    for pattern in patterns:
        tree.node(pattern, "app.py:1").value = pattern
    return tree


@pytest.fixture(scope="module", params=[False, True], ids=["in order", "reversed"])
def tree(request: pytest.FixtureRequest) -> RouteTree[str]:
    return tree_of(*(reversed(PATTERNS) if request.param else PATTERNS))


@pytest.mark.parametrize(("path", "pattern", "parameters", "has_trailing_slash"), LEADS_TO)
def test_path_leads_to_pattern(
    tree: RouteTree[str], path: bytes, pattern: str, parameters: dict[str, object], has_trailing_slash: bool
) -> None:
    match = tree.match(path)

    assert isinstance(match, Match)
    assert (match.node.pattern, match.node.value) == (pattern, pattern)
    assert dict(match.parameters) == parameters
    assert match.has_trailing_slash is has_trailing_slash
    assert match.remaining_path is None


@pytest.mark.parametrize("path", LEADS_NOWHERE)
def test_path_leads_nowhere(tree: RouteTree[str], path: bytes) -> None:
    assert tree.match(path) is None


@pytest.mark.parametrize(("path", "reason", "status"), MEANS_NOTHING)
def test_malformed_path_is_refused_with_a_reason(tree: RouteTree[str], path: bytes, reason: Malformed, status: int) -> None:
    assert tree.match(path) is reason
    assert reason.status == status


def test_empty_tree_matches_nothing() -> None:
    assert [RouteTree[str]().match(path) for path in (b"/", b"", b"/a", b"/%61")] == [None] * 4


def test_parameter_at_the_top_needs_the_leading_slash() -> None:
    tree = tree_of("/{slug}")

    assert tree.match(b"about") is None
    assert tree.match(b"/") is None
    assert isinstance(tree.match(b"/about"), Match)


def test_optional_rest_at_the_top_takes_everything() -> None:
    tree = tree_of("/{path...?}")
    matches = [tree.match(path) for path in (b"/", b"/a", b"/a/b/")]

    assert [dict(match.parameters) for match in matches if isinstance(match, Match)] == [
        {"path": ()},
        {"path": ("a",)},
        {"path": ("a", "b")},
    ]


def test_optional_rest_below_text_goes_before_a_parameter() -> None:
    tree = tree_of("/p/{name}", "/p/x/{path...?}")
    match = tree.match(b"/p/x")

    assert isinstance(match, Match)
    assert match.node.pattern == "/p/x/{path...?}"


@pytest.mark.parametrize(
    ("patterns", "path", "found"),
    [
        (["/a/b/d", "/a/{x}/c"], b"/a/b/c", "/a/{x}/c"),
        (["/a/b/d", "/{x}/b/c"], b"/a/b/c", "/{x}/b/c"),
        (["/a/b/d", "/a/{x}/e", "/{x}/{y}/c"], b"/a/b/c", "/{x}/{y}/c"),
        (["/a/b/d", "/a/{x}/c", "/{x}/b/c"], b"/a/b/c", "/a/{x}/c"),
        (["/a/b/d", "/a/{path...}", "/{x}/b/c"], b"/a/b/c", "/a/{path...}"),
        (["/a/b/{path...}", "/a/{x}/c"], b"/a/b/c", "/a/b/{path...}"),
        (["/a/b/{path...}", "/a/{x}"], b"/a/b", "/a/{x}"),
        (["/a/b/d", "/a/{x}/e", "/{path...}"], b"/a/b/c", "/{path...}"),
        (["/a/b/d", "/a/{x}/e"], b"/a/b/c", None),
    ],
)
def test_dead_end_is_left_again(patterns: list[str], path: bytes, found: str | None) -> None:
    match = tree_of(*patterns).match(path)

    assert (match.node.pattern if isinstance(match, Match) else match) == found


@pytest.mark.parametrize(
    ("path", "prefix", "remaining"),
    [
        (b"/legacy", "/legacy", b""),
        (b"/legacy/", "/legacy", b"/"),
        (b"/legacy/a/b", "/legacy", b"/a/b"),
        (b"/legacy/a//b/", "/legacy", b"/a//b/"),
        (b"/legacy//", "/legacy", b"//"),
        (b"/l%65gacy/a%2Fb/%41", "/legacy", b"/a%2Fb/%41"),
        (b"/legacy/deep/a", "/legacy/deep", b"/a"),
        (b"/legacy/deeper", "/legacy", b"/deeper"),
        (b"/legacy/stocks/1", "/legacy", b"/stocks/1"),
        (b"/elsewhere", "/", b"/elsewhere"),
        (b"/", "/", b"/"),
        (b"//", "/", b"//"),
    ],
)
def test_mount_takes_its_prefix_and_what_is_below(path: bytes, prefix: str, remaining: bytes) -> None:
    tree = tree_of("/legacy/stock/{sku}")
    for mounted in ("/legacy", "/", "/legacy/deep"):
        tree.mount(mounted, mounted, "app.py:9")

    match = tree.match(path)

    assert isinstance(match, Match)
    assert (match.node.value, match.remaining_path, match.has_trailing_slash) == (prefix, remaining, False)
    assert dict(match.parameters) == {}


@pytest.mark.parametrize("path", [b"/legacy/stock/1", b"/legacy/stock/1/", b"/legac%79/stock/%31"])
def test_route_goes_before_mount(path: bytes) -> None:
    tree = tree_of("/legacy/stock/{sku}")
    tree.mount("/legacy", "mounted", "app.py:9")
    match = tree.match(path)

    assert isinstance(match, Match)
    assert match.node.value == "/legacy/stock/{sku}"
    assert match.remaining_path is None


@pytest.mark.parametrize(
    "path", [b"", b"legacy", b"/legacy/..", b"/legacy/a/%2e%2e/b", b"/./legacy", b"/legacyness", b"//legacy"]
)
def test_mount_is_not_reached(path: bytes) -> None:
    tree = tree_of("/")
    tree.mount("/legacy", "mounted", "app.py:9")

    assert tree.match(path) is None


def test_mounts_are_listed() -> None:
    tree = tree_of("/")
    node = tree.mount("/legacy", "mounted", "app.py:9")

    assert tree.mounts == (node,)
    assert node.url() == "/legacy"


def test_what_is_shared_between_matches_cannot_be_changed() -> None:
    match = tree_of("/docs/{page...?}").match(b"/docs")

    assert isinstance(match, Match)
    with pytest.raises(TypeError):
        match.parameters["page"] = ("x",)  # type: ignore[index]  # pyright: ignore[reportIndexIssue]


def calls_in(tree: RouteTree[str], path: bytes) -> Counter[str]:
    """Count the Python functions that one match enters."""
    calls: Counter[str] = Counter()

    def count(frame: FrameType, event: str, argument: object) -> None:
        if event == "call":
            calls[frame.f_code.co_name] += 1

    sys.setprofile(count)
    try:
        tree.match(path)
    finally:
        sys.setprofile(None)
    return calls


@pytest.mark.parametrize(
    "path", [b"/page/p7", b"/stock7/A-1", b"/shop7/a/items/b", b"/files7/a/b/c", b"/stock7/a%20b", b"/stock7/a/b/c", b"/no"]
)
def test_work_does_not_grow_with_routes(path: bytes) -> None:
    def tree_with(count: int) -> RouteTree[str]:
        shapes = ("/page/p{}", "/stock{}/{{sku}}", "/shop{}/{{shop}}/items/{{item}}", "/files{}/{{path...}}")
        return tree_of(*(shape.format(number) for number in range(count) for shape in shapes))

    assert calls_in(tree_with(10), path) == calls_in(tree_with(500), path)


@pytest.mark.parametrize("depth", [1, 4, 8])
def test_search_in_an_adversarial_tree_is_bounded(depth: int) -> None:
    levels = [("a", f"{{p{level}}}") for level in range(depth)]
    tree = tree_of(*("/" + "/".join([*choice, "end"]) for choice in product(*levels)))

    entered = calls_in(tree, b"/a" * depth + b"/other")["search"]

    assert 2**depth <= entered <= (depth + 2) * 2**depth


def test_search_for_a_long_path_stops_where_the_tree_ends() -> None:
    tree = tree_of("/a/{b}", "/{a}/c/d")

    assert calls_in(tree, b"/a" * MAX_SEGMENTS)["search"] < 10
