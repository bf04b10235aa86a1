"""The route tree: one node per pattern, matched over the raw path.

The trie decides; two dicts in front of it answer the commonest paths in one lookup. Mounts come last.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final, Generic, TypeVar

from twofold.errors import ConfigurationError
from twofold.routing.nodes import Match, Node, Parameters
from twofold.routing.paths import DOT_SEGMENTS, MAX_PATH_BYTES, PLAIN, Malformed, encode_segment, plain_parts, split_path
from twofold.routing.patterns import Kind, parse_pattern
from twofold.routing.trie import Branch, search

T = TypeVar("T")

_NO_PARAMETERS: Final[Parameters] = MappingProxyType({})


class RouteTree(Generic[T]):
    """All routes of an app. T is the endpoint that the app puts on a node."""

    def __init__(self) -> None:
        self._before_slash: Branch[T] = Branch("", "")
        self._root = self._before_slash.static[""] = Branch("", "")
        self._nodes: dict[str, Node[T]] = {}
        self._mounts: dict[tuple[str, ...], Node[T]] = {}
        self._mount_depth = 0
        # Shortcuts to what the trie would find first: whole paths, and the one parameter after a path of text.
        self._exact: dict[bytes, Match[T]] = {}
        self._leaves: dict[bytes, tuple[Node[T], str]] = {}

    @property
    def nodes(self) -> tuple[Node[T], ...]:
        """Every route's node, in the order of registration."""
        return tuple(self._nodes.values())

    @property
    def mounts(self) -> tuple[Node[T], ...]:
        """Every mount's node, in the order of registration."""
        return tuple(self._mounts.values())

    def node(self, pattern: str, source: str) -> Node[T]:
        """Give the node of a pattern; the same pattern gives the same node.

        Args:
            pattern: `/api/stock/{sku}`, `/files/{path...}` or `/files/{path...?}`.
            source: where it is registered, as "file:line".

        Raises:
            ConfigurationError: the pattern is not well formed, or contradicts another; the tree is unchanged.
        """
        if pattern in self._nodes:
            return self._nodes[pattern]
        node: Node[T] = Node(pattern, parse_pattern(pattern, source), source)
        self._refuse_conflicts(node)
        self._root.put(node)
        self._remember(node)
        self._nodes[pattern] = node
        return node

    def mount(self, prefix: str, value: T, source: str) -> Node[T]:
        """Send every path at or below a prefix that no route matches to one endpoint.

        Args:
            prefix: text only; "/" takes whatever nothing else matches.

        Raises:
            ConfigurationError: the prefix is not well formed, has parameters, or is taken.
        """
        node: Node[T] = Node(prefix, parse_pattern(prefix, source), source)
        if node.parameter_names:
            raise ConfigurationError(f"{source}: the mount {prefix!r} has parameters; mount under text, like '/legacy'")
        texts = tuple(segment.text for segment in node.segments)
        if texts in self._mounts:
            raise ConfigurationError(
                f"{source}: {prefix!r} is already mounted at {self._mounts[texts].source}; choose another prefix"
            )
        node.value = value
        self._mounts[texts] = node
        self._mount_depth = max(self._mount_depth, len(texts))
        return node

    def match(self, path: bytes) -> Match[T] | Malformed | None:
        """Find where a path leads.

        Args:
            path: raw and still percent-encoded, without the query; ASGI's `raw_path`.

        Returns:
            None when nothing is there; `Malformed` when the path cannot mean anything, wherever routes are.
        """
        exact = self._exact.get(path)
        if exact is not None:
            return exact
        if len(path) > MAX_PATH_BYTES:
            return Malformed.TOO_LONG
        prefix, slash, last = path.rpartition(b"/")
        leaf = self._leaves.get(prefix)
        if leaf is not None and slash and last and not last.translate(None, PLAIN):
            return Match(leaf[0], {leaf[1]: last.decode("ascii")}, False)
        parts = plain_parts(path)
        if parts is None:
            return self._match_unusual(path)
        return self._match_parts(path, parts)

    def _match_unusual(self, path: bytes) -> Match[T] | Malformed | None:
        parts = split_path(path)
        if isinstance(parts, Malformed):
            return parts
        if not DOT_SEGMENTS.isdisjoint(parts):
            return None
        if "" in parts[1:-1]:
            return self._match_mount(path, parts)
        return self._match_parts(path, parts)

    def _match_parts(self, path: bytes, parts: list[str]) -> Match[T] | None:
        has_trailing_slash = not parts[-1]
        if has_trailing_slash:
            parts.pop()
        node = self._find(parts)
        if node is None:
            return self._match_mount(path, parts)
        return Match(node, node.parameters(parts), has_trailing_slash)

    def _find(self, parts: list[str]) -> Node[T] | None:
        # The first way down that a search tries, without the price of a search: it fails only where a search must go
        # back or take the rest.
        branch = self._before_slash
        for part in parts:
            child = branch.static.get(part, branch.dynamic)
            if child is None:
                return search(self._before_slash, parts, 0)
            branch = child
        return branch.node or search(self._before_slash, parts, 0)

    def _match_mount(self, path: bytes, parts: list[str]) -> Match[T] | None:
        if not path.startswith(b"/"):
            return None
        for depth in range(min(self._mount_depth, len(parts) - 1), -1, -1):
            node = self._mounts.get(tuple(parts[1 : depth + 1]))
            if node is not None:
                below = path.split(b"/")[depth + 1 :]
                remaining = b"".join(b"/" + part for part in below)
                return Match(node, _NO_PARAMETERS, False, remaining_path=remaining)
        return None

    def _remember(self, node: Node[T]) -> None:
        parameters = [segment for segment in node.segments if segment.kind is not Kind.STATIC]
        if not parameters or parameters[0].kind is Kind.OPTIONAL_REST:
            self._remember_exact(node)
        elif parameters == [node.segments[-1]] and parameters[0].kind is Kind.DYNAMIC:
            prefix = "".join("/" + encode_segment(segment.text) for segment in node.segments[:-1])
            self._leaves[prefix.encode("ascii")] = (node, parameters[0].text)

    def _remember_exact(self, node: Node[T]) -> None:
        path = node.url().encode("ascii")
        parameters = MappingProxyType(dict.fromkeys(node.parameter_names, ()))
        self._exact[path] = Match(node, parameters, False)
        if path != b"/":
            self._exact[path + b"/"] = Match(node, parameters, True)

    def _refuse_conflicts(self, node: Node[T]) -> None:
        branch: Branch[T] | None = self._root
        for segment in node.segments:
            if branch is None:
                return
            conflict = branch.conflict(segment)
            if conflict is not None:
                raise _contradiction(node, *conflict)
            branch = branch.child(segment)
        rest = None if branch is None else branch.optional_rest
        if rest is not None:
            raise _contradiction(node, rest.source, f"{rest.pattern} answers the same path; keep one of them")


def _contradiction(node: Node[T], other_source: str, reason: str) -> ConfigurationError:
    return ConfigurationError(f"{node.source}: the route {node.pattern} contradicts {other_source}: {reason}")
