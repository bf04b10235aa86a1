from __future__ import annotations

from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from twofold.errors import ConfigurationError
from twofold.routing import METHODS, Kind, Malformed, Match, MethodOutcome, Node, RouteTree, decide_method

ANY_VALUE = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)
VALUES = ANY_VALUE.filter(lambda text: text not in (".", "..")) | st.sampled_from(
    ["a/b", "%2F", "%", "..%2F", "...", "?x", "a b"]
)

TEXTS = ["a", "b", "c d", "é"]
SEGMENTS = st.sampled_from([*TEXTS, "{PLACE}"])
LAST = st.sampled_from([*TEXTS, "{PLACE}", "{rest...}", "{rest...?}"])
PRECEDENCE = {Kind.STATIC: 0, Kind.DYNAMIC: 1, Kind.REST: 2, Kind.OPTIONAL_REST: 2}


@st.composite
def patterns(draw: st.DrawFn) -> str:
    segments = [*draw(st.lists(SEGMENTS, max_size=3)), draw(LAST)]
    return "".join("/" + segment.replace("PLACE", f"p{place}") for place, segment in enumerate(segments))


@st.composite
def raw_paths(draw: st.DrawFn) -> tuple[list[str], bytes]:
    """The decoded segments of a path, and one of the ways to write them."""
    parts = draw(st.lists(st.sampled_from([*TEXTS, "x", "a/b", "."]), max_size=5))
    writers = st.sampled_from([quote_minimal, quote_all, quote_raw])
    written = [draw(writers)(part) for part in parts]
    return parts, b"/" + b"/".join(written)


def quote_minimal(text: str) -> bytes:
    return quote(text, safe="").encode()


def quote_all(text: str) -> bytes:
    return "".join(f"%{byte:02x}" for byte in text.encode()).encode()


def quote_raw(text: str) -> bytes:
    return text.replace("/", "%2F").encode()


def tree_of(written: list[str]) -> RouteTree[str]:
    tree: RouteTree[str] = RouteTree()
    for number, pattern in enumerate(written):
        try:
            tree.node(pattern, f"app.py:{number}")
        except ConfigurationError as refusal:
            assert "contradicts app.py:" in str(refusal)  # noqa: PT017
    return tree


def covers(node: Node[str], parts: list[str]) -> bool:
    texts = [(segment.kind, segment.text) for segment in node.segments]
    rest = texts.pop()[0] if texts and texts[-1][0].is_rest else None
    if any(kind is Kind.STATIC and text != part for (kind, text), part in zip(texts, parts, strict=False)):
        return False
    left = len(parts) - len(texts)
    return left >= 1 if rest is Kind.REST else left >= 0 if rest is Kind.OPTIONAL_REST else left == 0


def first_of(nodes: tuple[Node[str], ...], parts: list[str]) -> Node[str] | None:
    """What the rule says, route by route: text before a parameter before the rest, from left to right."""
    if "." in parts:
        return None
    covering = [node for node in nodes if covers(node, parts)]
    return min(covering, key=lambda node: [PRECEDENCE[segment.kind] for segment in node.segments], default=None)


@given(st.lists(patterns(), max_size=12), st.lists(raw_paths(), min_size=1, max_size=6))
def test_tree_finds_what_the_rule_says(written: list[str], paths: list[tuple[list[str], bytes]]) -> None:
    tree = tree_of(written)
    for parts, path in paths:
        match = tree.match(path)
        found = match.node if isinstance(match, Match) else match
        assert found is first_of(tree.nodes, parts), (path, written)


@given(st.lists(patterns(), max_size=12), raw_paths())
def test_one_trailing_slash_changes_only_the_report(written: list[str], path: tuple[list[str], bytes]) -> None:
    parts, raw = path
    tree = tree_of(written)
    without, with_slash = tree.match(raw), tree.match(raw + b"/") if parts else None
    if parts and isinstance(without, Match):
        assert isinstance(with_slash, Match)
        assert (with_slash.node, dict(with_slash.parameters)) == (without.node, dict(without.parameters))
        assert (without.has_trailing_slash, with_slash.has_trailing_slash) == (False, True)
    else:
        assert with_slash is None


@given(VALUES, VALUES)
def test_url_of_segments_matches_back(first: str, second: str) -> None:
    tree: RouteTree[str] = RouteTree()
    for pattern in ("/one/{first}", "/{first}/two/{second}"):
        node = tree.node(pattern, "app.py:1")
        parameters = {name: {"first": first, "second": second}[name] for name in node.parameter_names}
        match = tree.match(node.url(**parameters).encode("ascii"))

        assert isinstance(match, Match)
        assert (match.node, dict(match.parameters)) == (node, parameters)


@given(st.lists(VALUES, max_size=6).map(tuple))
def test_url_of_a_rest_matches_back(path: tuple[str, ...]) -> None:
    tree: RouteTree[str] = RouteTree()
    for pattern in ("/one/{path...}", "/two/{path...?}"):
        node = tree.node(pattern, "app.py:1")
        if path or pattern.endswith("?}"):
            match = tree.match(node.url(path=path).encode("ascii"))

            assert isinstance(match, Match)
            assert (match.node, dict(match.parameters)) == (node, {"path": path})


FRAGMENTS = st.sampled_from([b"/", b"a", b"%", b"%2F", b"%2e", b".", b"%C3", b"%A9", b"%00", b"\xff", b"{p0}", b"//", b"b"])


@given(st.binary(max_size=60) | st.lists(FRAGMENTS, max_size=12).map(b"".join).map(lambda path: b"/" + path))
def test_no_path_raises(path: bytes) -> None:
    tree = tree_of(["/", "/{p0}", "/a/{p1}", "/a/b/{rest...}", "/{p0}/{p1}/{rest...?}"])
    tree.mount("/b", "mounted", "app.py:9")
    match = tree.match(path)

    assert match is None or isinstance(match, Match | Malformed)
    if isinstance(match, Match):
        values = [part for value in match.parameters.values() for part in ((value,) if isinstance(value, str) else value)]
        assert not {"", ".", ".."} & set(values)
        assert all(character.isprintable() or ord(character) > 0x9F for value in values for character in value)


@given(st.text(max_size=12) | st.sampled_from(METHODS), st.frozensets(st.sampled_from([*METHODS, "WEBSOCKET"])))
def test_a_handler_runs_only_where_there_is_one(method: str, handlers: frozenset[str]) -> None:
    decision = decide_method(method, handlers)

    assert decision.handler is None or decision.handler in handlers
    assert (decision.handler is None) == (decision.outcome.status is not None)
    assert bool(decision.allow) == (decision.outcome in (MethodOutcome.OPTIONS, MethodOutcome.NOT_ALLOWED))
