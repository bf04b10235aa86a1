"""Patterns of routes as path templates."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from twofold.routing import Kind, Node, Segment
from twofold.routing.paths import encode_segment

_PARAMETER = re.compile(r"\{[^}]*\}")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a route is in the document.

    Attributes:
        template: `/api/stock/{sku}`.
        names: the route's parameter that stands behind each name in the template.
        has_rest: whether the route has more segments than the template shows.
    """

    template: str
    names: dict[str, str]
    has_rest: bool = False


def places_of(nodes: Iterable[Node[Any]]) -> dict[str, list[Place]]:
    """Give the places of every node, by its pattern.

    A template cannot say "the rest of the path": one parameter stands for its segments. Where another route takes one
    segment in the same place, the rest begins with two. A rest that may be missing has a place without it.
    """
    ordered = sorted(nodes, key=lambda node: node.pattern)
    plain = [node for node in ordered if not _has_rest(node)]
    places = {node.pattern: [_place(node.segments)] for node in plain}
    taken = {_form(one[0].template) for one in places.values()}
    for node in ordered:
        if _has_rest(node):
            places[node.pattern] = list(_places_of_rest(node, taken))
            taken |= {_form(one.template) for one in places[node.pattern]}
    return places


def _places_of_rest(node: Node[Any], taken: Collection[str]) -> Iterator[Place]:
    *before, rest = node.segments
    if rest.kind is Kind.OPTIONAL_REST:
        yield _place(before)
    count = 1
    while _form(_place(before, _numbered(rest, count)).template) in taken:
        count += 1
    found = _place(before, _numbered(rest, count))
    yield Place(found.template, {**found.names, **dict.fromkeys(_numbered(rest, count), rest.text)}, has_rest=True)


def _numbered(rest: Segment, count: int) -> list[str]:
    return [rest.text] if count == 1 else [f"{rest.text}_{number}" for number in range(1, count + 1)]


def _place(segments: Iterable[Segment], more: Iterable[str] = ()) -> Place:
    texts = [encode_segment(one.text) if one.kind is Kind.STATIC else f"{{{one.text}}}" for one in segments]
    names = {one.text: one.text for one in segments if one.kind is not Kind.STATIC}
    return Place("/" + "/".join([*texts, *(f"{{{name}}}" for name in more)]), names)


def _has_rest(node: Node[Any]) -> bool:
    return bool(node.segments) and node.segments[-1].kind.is_rest


def _form(template: str) -> str:
    """Give what makes two templates the same: the names in them do not count."""
    return _PARAMETER.sub("{}", template)
