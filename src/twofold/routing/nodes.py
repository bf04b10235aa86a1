"""Nodes of the route tree: what a pattern stands for, and how its URL is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeAlias, TypeVar
from uuid import UUID

from twofold.errors import ConfigurationError
from twofold.routing.paths import DOT_SEGMENTS, MAX_PATH_BYTES, MAX_SEGMENTS, encode_segment, has_control_character
from twofold.routing.patterns import Kind, Segment

T = TypeVar("T")

Parameters: TypeAlias = Mapping[str, str | tuple[str, ...]]
"""Decoded values by parameter name: text for one segment, a tuple for the rest."""


class Node(Generic[T]):
    """One place in the tree, shared by all that is registered under its pattern.

    Attributes:
        pattern: as registered, `/api/stock/{sku}`.
        source: where the pattern was first registered, "file:line".
        parameter_names: in the order of the path.
        value: the app's endpoint; None until the app puts one here.
    """

    __slots__ = ("_dynamic", "_rest", "parameter_names", "pattern", "segments", "source", "value")

    def __init__(self, pattern: str, segments: tuple[Segment, ...], source: str) -> None:
        self.pattern = pattern
        self.segments = segments
        self.source = source
        self.value: T | None = None
        self.parameter_names = tuple(segment.text for segment in segments if segment.kind is not Kind.STATIC)
        self._dynamic = [(segment.text, position) for position, segment in enumerate(segments, 1) if segment.kind is Kind.DYNAMIC]
        self._rest = segments[-1].text if segments and segments[-1].kind.is_rest else None

    def __repr__(self) -> str:
        return f"<Node {self.pattern} from {self.source}>"

    def parameters(self, parts: list[str]) -> Parameters:
        """Pick the parameters out of a matching path's decoded parts; `parts[0]` precedes the leading slash."""
        values: dict[str, str | tuple[str, ...]] = {}
        for name, position in self._dynamic:
            values[name] = parts[position]
        if self._rest is not None:
            values[self._rest] = tuple(parts[len(self.segments) :])
        return values

    def url(self, /, **parameters: object) -> str:
        """Write the path that leads here, percent-encoded.

        Matching it gives the same parameters back as text, unless another route's text covers them: `/stock/new`
        goes before `/stock/{sku}`.

        Args:
            parameters: `str`, `int` or `UUID` for one segment; a tuple or list of them for the rest, which an
                optional rest may leave out.

        Raises:
            ConfigurationError: a parameter is missing, unknown, or cannot be a segment (empty, ".", "..", control
                characters).
        """
        self._refuse_other_names(parameters)
        path = "".join(self._written(segment, parameters) for segment in self.segments) or "/"
        if len(path) > MAX_PATH_BYTES or path.count("/") > MAX_SEGMENTS:
            raise ConfigurationError(
                f"{self._where()}: the URL has {len(path)} bytes and {path.count('/')} segments; at most"
                f" {MAX_PATH_BYTES} and {MAX_SEGMENTS} are routed, so send the value in the query or the body"
            )
        return path

    def _refuse_other_names(self, parameters: Mapping[str, object]) -> None:
        optional = {segment.text for segment in self.segments if segment.kind is Kind.OPTIONAL_REST}
        missing = [name for name in self.parameter_names if name not in parameters and name not in optional]
        extra = [name for name in parameters if name not in self.parameter_names]
        if missing:
            raise ConfigurationError(f"{self._where()}: no value for {', '.join(missing)}; pass {missing[0]}=...")
        if extra:
            takes = ", ".join(self.parameter_names) or "no parameters"
            raise ConfigurationError(f"{self._where()}: takes {takes}, not {', '.join(extra)}; leave it out, or write a query")

    def _written(self, segment: Segment, parameters: Mapping[str, object]) -> str:
        if segment.kind is Kind.STATIC:
            return "/" + encode_segment(segment.text)
        value = parameters.get(segment.text, ())
        if segment.kind is Kind.DYNAMIC:
            return "/" + self._encoded(segment, value)
        if not isinstance(value, tuple | list) or (segment.kind is Kind.REST and not value):
            raise ConfigurationError(
                f"{self._where()}: {segment} takes {segment.kind.value}, not {value!r}; pass {segment.text}=('a', 'b')"
            )
        return "".join("/" + self._encoded(segment, item) for item in value)

    def _encoded(self, segment: Segment, value: object) -> str:
        fault = _fault_of_value(value)
        if fault is not None:
            raise ConfigurationError(f"{self._where()}: {segment.text}={value!r} {fault}")
        return encode_segment(value if isinstance(value, str) else str(value))

    def _where(self) -> str:
        return f"URL of {self.pattern} ({self.source})"


class Match(Generic[T]):
    """Where a path leads.

    Attributes:
        node: the pattern that matched, with the app's endpoint.
        parameters: decoded once; read only.
        has_trailing_slash: the path has one slash more than the node's URL.
        remaining_path: for a mount, the raw path below it (b"" or b"/..."); None for a route.
    """

    __slots__ = ("has_trailing_slash", "node", "parameters", "remaining_path")

    # By position, because keywords make a match a fifth slower.
    def __init__(
        self,
        node: Node[T],
        parameters: Parameters,
        has_trailing_slash: bool,  # noqa: FBT001
        remaining_path: bytes | None = None,
    ) -> None:
        self.node = node
        self.parameters = parameters
        self.has_trailing_slash = has_trailing_slash
        self.remaining_path = remaining_path

    def __repr__(self) -> str:
        return f"<Match {self.node.pattern} {dict(self.parameters)}>"


def _fault_of_value(value: object) -> str | None:
    # bool is an int, and "True" in a URL is never meant.
    if not isinstance(value, str | int | UUID) or isinstance(value, bool):
        return "is not text, a number or a UUID; pass what the URL shows"
    if not isinstance(value, str):
        return None
    if value == "" or value in DOT_SEGMENTS:
        return "cannot be a segment: empty and dot segments do not survive the way to a server"
    if has_control_character(value):
        return "holds a control character, which no URL of the app may"
    if any("\ud800" <= character <= "\udfff" for character in value):
        return "holds half of a surrogate pair, which UTF-8 cannot write"
    return None
