"""Patterns: how a route's path is written.

    /api/stock/{sku}      text, and one segment
    /files/{path...}      one segment or more, last in the pattern
    /files/{path...?}     none or more, last in the pattern

Text is written decoded (`/café`), compared case by case, and without a trailing slash.
"""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass
from enum import Enum

from twofold.errors import ConfigurationError
from twofold.routing.paths import DOT_SEGMENTS, MAX_SEGMENTS

_PARAMETER = re.compile(r"\{(?P<name>[^{}.?]*)(?P<rest>\.\.\.)?(?P<optional>\?)?\}")
_FORBIDDEN_TEXT = re.compile(r"[{}%?#\\]")


class Kind(Enum):
    """How much of a path a segment of a pattern takes."""

    STATIC = "text"
    DYNAMIC = "one segment"
    REST = "one segment or more"
    OPTIONAL_REST = "none or more segments"

    @property
    def is_rest(self) -> bool:
        """Whether it takes all that is left of the path."""
        return self in (Kind.REST, Kind.OPTIONAL_REST)


_SPELLING = {Kind.STATIC: "{}", Kind.DYNAMIC: "{{{}}}", Kind.REST: "{{{}...}}", Kind.OPTIONAL_REST: "{{{}...?}}"}


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment of a pattern: `text` is the text itself, or the parameter's name."""

    kind: Kind
    text: str

    def __str__(self) -> str:
        return _SPELLING[self.kind].format(self.text)


def parse_pattern(pattern: str, source: str) -> tuple[Segment, ...]:
    """Read a pattern; "/" has no segments.

    Args:
        source: where the pattern is written, as "file:line"; part of every message.

    Raises:
        ConfigurationError: the pattern is not well formed; the message has the remedy.
    """
    fault = _fault_of_whole(pattern)
    if fault is not None:
        raise ConfigurationError(f"{source}: the pattern {pattern!r} {fault}")
    texts = pattern[1:].split("/") if pattern != "/" else []
    segments = tuple(_parse_segment(text, pattern, source) for text in texts)
    _refuse_early_rest(segments, pattern, source)
    _refuse_repeated_names(segments, pattern, source)
    return segments


def _fault_of_whole(pattern: str) -> str | None:
    if not pattern.startswith("/"):
        return f"does not start with a slash; write {'/' + pattern!r}"
    if pattern != "/" and pattern.endswith("/"):
        return f"ends with a slash; write {pattern.rstrip('/') or '/'!r}, requests with a trailing slash reach it too"
    if "//" in pattern:
        return f"has an empty segment; write {re.sub('/+', '/', pattern)!r}"
    if pattern.count("/") > MAX_SEGMENTS:
        return f"has more than {MAX_SEGMENTS} segments; no request path that long is routed"
    return None


def _parse_segment(text: str, pattern: str, source: str) -> Segment:
    parameter = _PARAMETER.fullmatch(text)
    if parameter is not None:
        segment = Segment(_kind(parameter), parameter["name"])
        fault = _fault_of_parameter(parameter)
    else:
        segment = Segment(Kind.STATIC, text)
        fault = _fault_of_text(text)
    if fault is not None:
        raise ConfigurationError(f"{source}: {text!r} in the pattern {pattern!r} {fault}")
    return segment


def _kind(parameter: re.Match[str]) -> Kind:
    if parameter["rest"] is None:
        return Kind.DYNAMIC
    return Kind.REST if parameter["optional"] is None else Kind.OPTIONAL_REST


def _fault_of_parameter(parameter: re.Match[str]) -> str | None:
    name = parameter["name"]
    if not name.isidentifier() or keyword.iskeyword(name):
        return "does not name a Python parameter; write a name like {sku}"
    if parameter["optional"] is not None and parameter["rest"] is None:
        return f"makes one segment optional; register the shorter path too, or write {{{name}...?}}"
    return None


def _fault_of_text(text: str) -> str | None:
    if text in DOT_SEGMENTS:
        return "is a dot segment, which clients remove before they send; leave it out"
    if _FORBIDDEN_TEXT.search(text):
        return "is neither text nor a parameter; a parameter is a whole segment, {sku}, and text is written without { } % ? # \\"
    if not text.isprintable():
        return "holds a character that cannot be printed; leave it out"
    return None


def _refuse_early_rest(segments: tuple[Segment, ...], pattern: str, source: str) -> None:
    for segment in segments[:-1]:
        if segment.kind.is_rest:
            raise ConfigurationError(
                f"{source}: {segment} takes the rest of the path in the pattern {pattern!r}, but is not its last segment;"
                f" end the pattern there, or let `{segment.text}` take one segment"
            )


def _refuse_repeated_names(segments: tuple[Segment, ...], pattern: str, source: str) -> None:
    names = [segment.text for segment in segments if segment.kind is not Kind.STATIC]
    for name in names:
        if names.count(name) > 1:
            raise ConfigurationError(f"{source}: the pattern {pattern!r} has the parameter {name!r} twice; rename one of them")
