"""The trie under the route tree.

At each level text goes before a parameter, a parameter before the rest, with backtracking. A branch lies at exactly
one depth and is entered at most once per path. So a search enters at most (segments + 1) * 2^d branches, and never
more than there are, where d counts the levels at which the path meets both a text and a parameter. Only patterns make
such levels, never a request; an app without them pays for a path's depth, whatever its number of routes.
"""

from __future__ import annotations

from typing import Generic, TypeVar

from twofold.routing.nodes import Node
from twofold.routing.patterns import Kind, Segment

T = TypeVar("T")


class Branch(Generic[T]):
    """A position in the trie: what may follow, and what ends here.

    Attributes:
        name: the text or parameter that leads here.
        source: of the first pattern that came this way.
    """

    __slots__ = ("dynamic", "name", "node", "rest", "source", "static")

    def __init__(self, name: str, source: str) -> None:
        self.name = name
        self.source = source
        self.static: dict[str, Branch[T]] = {}
        self.dynamic: Branch[T] | None = None
        self.rest: Node[T] | None = None
        self.node: Node[T] | None = None

    def child(self, segment: Segment) -> Branch[T] | None:
        """The branch that a segment leads to; none for a rest, which ends its pattern."""
        if segment.kind is Kind.STATIC:
            return self.static.get(segment.text)
        return self.dynamic if segment.kind is Kind.DYNAMIC else None

    def grown(self, segment: Segment, source: str) -> Branch[T]:
        """The same, made where it is missing."""
        child = self.child(segment)
        if child is None:
            child = Branch(segment.text, source)
            if segment.kind is Kind.STATIC:
                self.static[segment.text] = child
            else:
                self.dynamic = child
        return child

    @property
    def optional_rest(self) -> Node[T] | None:
        """The rest that also takes nothing, and so ends here as well."""
        return self.rest if self.rest is not None and self.rest.segments[-1].kind is Kind.OPTIONAL_REST else None

    def put(self, node: Node[T]) -> None:
        """Grow the trie below this branch, the root, by a node that contradicts nothing."""
        branch = self
        for segment in node.segments:
            if segment.kind.is_rest:
                branch.rest = node
                return
            branch = branch.grown(segment, node.source)
        branch.node = node

    def conflict(self, segment: Segment) -> tuple[str, str] | None:
        """The source that contradicts a new segment here, and why with the remedy."""
        if segment.kind is Kind.STATIC:
            return None
        if segment.kind is Kind.DYNAMIC:
            return self._conflict_with_dynamic(segment.text)
        return self._conflict_with_rest(segment)

    def _conflict_with_dynamic(self, name: str) -> tuple[str, str] | None:
        if self.dynamic is not None and self.dynamic.name != name:
            return self.dynamic.source, f"calls the same segment {{{self.dynamic.name}}}, not {{{name}}}; use one name"
        if self.rest is not None and self.rest.segments[-1].text == name:
            return self.rest.source, f"lets {name!r} take the rest of the path; let both take the same, or use two names"
        return None

    def _conflict_with_rest(self, segment: Segment) -> tuple[str, str] | None:
        if self.rest is not None:
            return self.rest.source, f"takes the rest of the same path as {self.rest.segments[-1]}; keep one of them"
        if self.dynamic is not None and self.dynamic.name == segment.text:
            return self.dynamic.source, f"lets {segment.text!r} take one segment; let both take the same, or use two names"
        if segment.kind is Kind.OPTIONAL_REST and self.node is not None:
            return self.node.source, f"{self.node.pattern} answers the same path; keep one, or write {{{segment.text}...}}"
        return None


def search(branch: Branch[T], parts: list[str], depth: int) -> Node[T] | None:
    """Find the node of `parts[depth:]` below a branch."""
    if depth == len(parts):
        return branch.node or branch.optional_rest
    for child in (branch.static.get(parts[depth]), branch.dynamic):
        found = None if child is None else search(child, parts, depth + 1)
        if found is not None:
            return found
    return branch.rest
