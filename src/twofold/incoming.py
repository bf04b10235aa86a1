"""One request as it came in: where it goes, its headers, and its body, which is read once and under a limit."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from math import inf
from types import MappingProxyType
from urllib.parse import quote

from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope

from twofold.boundary import FileLimits, FormInput, FormLimits, parse_multipart, parse_urlencoded
from twofold.errors import TooLarge, UnsupportedMediaType, ValidationFailed
from twofold.lazy import lazy
from twofold.media import MULTIPART, URLENCODED, media_type
from twofold.settings import Setup

NO_LIMITS: Mapping[str, FileLimits] = MappingProxyType({})


class Incoming:
    """A request, before anyone has looked at it.

    Args:
        path: the route's part of the raw path: without the mount prefix and the query, still percent-encoded.
    """

    def __init__(self, scope: Scope, receive: Receive, setup: Setup, path: bytes = b"/") -> None:
        self.scope = scope
        self.receive = receive
        self.setup = setup
        self.path = path
        self.method: str = scope.get("method", "GET")
        self.raw_headers: Sequence[tuple[bytes, bytes]] = scope["headers"]
        # Backwards, so that the first of a name stays.
        self.first_headers: dict[bytes, bytes] = dict(self.raw_headers[::-1])

    # What most requests never change is not set anew for each of them.
    form: FormInput | None = None
    _body: bytes | None = None
    _is_refused = False
    _is_ended: bool | None = None  # not begun

    def header(self, name: bytes) -> str | None:
        """Give the first value of a header, named in lower case."""
        value = self.first_headers.get(name)
        return None if value is None else value.decode("latin-1")

    def header_values(self, name: bytes) -> list[str]:
        """Give every value of a header: a duplicate is evidence of an attack where only one may be."""
        known = self.first_headers
        if name not in known:
            return []
        if len(known) == len(self.raw_headers):  # nothing came twice
            return [known[name].decode("latin-1")]
        return [value.decode("latin-1") for key, value in self.raw_headers if key == name]

    @lazy
    def media_type(self) -> str:
        """The body's media type in lower case, without parameters; empty when the header is missing."""
        return media_type(self.header(b"content-type"))

    @lazy
    def query(self) -> str:
        """The raw query string."""
        query: bytes = self.scope.get("query_string", b"")
        return query.decode("latin-1")

    @property
    def location(self) -> str:
        """The path of this request as the browser knows it, without the query."""
        root: str = self.scope.get("root_path", "")
        return quote(root.rstrip("/")) + self.path.decode("latin-1")

    @property
    def is_read(self) -> bool:
        """Whether the body was read to its end, so that all that can come is the news that the client has left."""
        return self._body is not None or self.form is not None

    @property
    def is_cut(self) -> bool:
        """Whether the body was refused before its end, so that the other side may still be sending it."""
        return self._is_refused and self._is_ended is False

    async def body(self, limit_bytes: int | None = None) -> bytes:
        """Read the whole body once.

        Args:
            limit_bytes: the largest accepted size; the app's own limit when left out.

        Raises:
            TooLarge: before reading when the declared length exceeds the limit, while reading otherwise.
        """
        if self._body is None:
            self._check_declared(limit := self._limit(limit_bytes))
            chunk = self._taken(await self.receive())
            if not self._is_ended:  # most bodies come whole
                chunk += b"".join([more async for more in self._chunks(limit, len(chunk))])
            elif len(chunk) > limit:
                raise self._refused(limit)
            self._body = chunk
        return self._body

    async def stream(self, limit_bytes: int | None = None) -> AsyncIterator[bytes]:
        """Read the body in chunks, under the same limit as `body`."""
        if self._body is not None:
            yield self._body
            return
        self._check_declared(limit := self._limit(limit_bytes))
        async for chunk in self._chunks(limit):
            yield chunk

    def _limit(self, limit_bytes: int | None) -> int:
        return self.setup.settings.max_body_bytes if limit_bytes is None else limit_bytes

    def _check_declared(self, limit: int) -> None:
        declared = self.first_headers.get(b"content-length")
        if declared is not None and declared.isdigit() and len(declared) < 20 and int(declared) > limit:
            raise _too_large(limit)

    def _refused(self, limit: float) -> TooLarge:
        self._is_refused = True
        return _too_large(limit)

    def _taken(self, message: Message) -> bytes:
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        self._is_ended = not message.get("more_body", False)
        chunk: bytes = message.get("body", b"")
        return chunk

    async def _chunks(self, limit: float = inf, received: int = 0) -> AsyncIterator[bytes]:
        while received <= limit:
            if self._is_ended:
                return
            chunk = self._taken(await self.receive())
            received += len(chunk)
            if chunk and received <= limit:
                yield chunk
        raise self._refused(limit)

    async def read_form(self, limit_bytes: int | None = None, files: Mapping[str, FileLimits] = NO_LIMITS) -> FormInput:
        """Read an urlencoded or multipart body, once; uploads are spooled to disk.

        Args:
            files: limits of files by name, which come on top of the app's own limit. One that does not fit ends the reading,
                and the form says so.

        Raises:
            TooLarge: the body, or the number of its parts, exceeds its limit.
            ValidationFailed: the body is not what its content type says.
            UnsupportedMediaType: it is no form.
        """
        if self.form is None:
            try:
                self.form = await self._parsed(limit_bytes, files)
            except (TooLarge, ValidationFailed):
                self._is_refused = True
                raise
            self._is_refused = self.form.refusal is not None
        return self.form

    async def _parsed(self, limit_bytes: int | None, files: Mapping[str, FileLimits]) -> FormInput:
        rest = self._limit(limit_bytes)
        content_type = self.header(b"content-type") or ""
        if self.media_type == MULTIPART:
            whole = rest if limit_bytes is not None else rest + sum(one.all_bytes for one in files.values())
            # Where files have limits of their own, which one does not fit is found before the whole is too large.
            stream = self._chunks() if files else self.stream(whole)
            return await parse_multipart(content_type, stream, FormLimits(whole, by_name=files, rest_bytes=rest))
        if self.media_type == URLENCODED:
            return parse_urlencoded(await self.body(rest), FormLimits(rest), content_type=content_type)
        raise UnsupportedMediaType("Send a form")


def _too_large(limit: float) -> TooLarge:
    return TooLarge(f"The request is larger than {limit} bytes")
