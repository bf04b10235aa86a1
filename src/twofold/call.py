"""One request on its way through the app: what came in, what goes out beside the result, and who may look at it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextvars import ContextVar
from math import inf
from types import MappingProxyType
from typing import Any, Literal
from urllib.parse import quote

from starlette.datastructures import URL, Address, FormData
from starlette.datastructures import Headers as HeaderView
from starlette.requests import ClientDisconnect
from starlette.requests import Request as StarletteRequest
from starlette.types import Message, Receive, Scope
from starlette.websockets import WebSocket

from twofold.boundary import FileLimits, FormInput, FormLimits, loads, parse_multipart, parse_urlencoded
from twofold.cache import computing
from twofold.cookies import CookieJar
from twofold.errors import ConfigurationError, Forbidden, TooLarge, UnsupportedMediaType, ValidationFailed
from twofold.lazy import lazy
from twofold.media import MULTIPART, URLENCODED, media_type
from twofold.origin import (
    NO_ORIGINS,
    REMEMBERED,
    AllowedOrigins,
    Decision,
    Origin,
    decide,
    has_ambient_credentials,
    is_safe,
    own_origins,
)
from twofold.proxies import Client, is_allowed_host
from twofold.request_context import served
from twofold.sessions import COOKIE_NAME, PLAIN_COOKIE_NAME, SessionCookie, SessionState
from twofold.settings import Setup
from twofold.tracing import Trace

NO_LIMITS: Mapping[str, FileLimits] = MappingProxyType({})
NO_PARAMETERS: Mapping[str, Any] = MappingProxyType({})
Kind = Literal["page", "action", "handler", "socket"]
After = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]


class Call:
    """One request, its cookies, session and pending work.

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
        self.parameters: Mapping[str, Any] = NO_PARAMETERS
        self.after: list[After] = []
        self.told: list[tuple[bytes, bytes]] = []

    # What most requests never change is not set anew for each of them.
    kind: Kind = "page"
    pattern = ""
    principal: str | None = None
    more_origins: AllowedOrigins | None = None
    submission: Any = None
    key: str | None = None
    form: FormInput | None = None
    socket: WebSocket | None = None
    pending: Any = None
    collects: bool | None = None
    is_origin_checked = False
    is_answered = False
    is_interactive = False
    trace: Trace | None = None
    _body: bytes | None = None
    _is_refused = False
    _is_ended: bool | None = None  # not begun

    @lazy
    def dependencies(self) -> dict[Callable[..., Any], Any]:
        """What dependencies gave, by function."""
        return {}

    _known_headers: dict[bytes, bytes] | None = None

    def _first_headers(self) -> dict[bytes, bytes]:
        found = self._known_headers
        if found is None:
            found = self._known_headers = dict(reversed(self.raw_headers))
        return found

    def header(self, name: bytes) -> str | None:
        """Give the first value of a header, named in lower case."""
        value = self._first_headers().get(name)
        return None if value is None else value.decode("latin-1")

    def header_values(self, name: bytes) -> list[str]:
        """Give every value of a header: a duplicate is evidence of an attack where only one may be."""
        known = self._first_headers()
        if name not in known:
            return []
        if len(known) == len(self.raw_headers):  # nothing came twice
            return [known[name].decode("latin-1")]
        return [value.decode("latin-1") for key, value in self.raw_headers if key == name]

    @lazy
    def headers(self) -> HeaderView:
        """The request's headers, read-only."""
        return HeaderView(raw=list(self.raw_headers))

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

    @lazy
    def client(self) -> Client:
        """Scheme, host and address as the browser knows them, as far as configured proxies say so."""
        peer = self.scope.get("client")
        return self.setup.proxies.resolve(
            peer[0] if peer else None, self.scope.get("scheme", "http"), self.header(b"host") or "", self.raw_headers
        )

    @property
    def is_for_us(self) -> bool:
        """Whether the host that the browser names is one of the app's."""
        setup = self.setup
        if setup.has_proxies:
            return is_allowed_host(self.client.host, setup.allowed_hosts)
        host = self._first_headers().get(b"host", b"")
        if host not in setup.known_hosts:
            if not is_allowed_host(host.decode("latin-1"), setup.allowed_hosts):
                return False
            if len(setup.known_hosts) < REMEMBERED:  # a wildcard allows any number
                setup.known_hosts.add(host)
        return True

    @lazy
    def cookies(self) -> CookieJar:
        """The request's cookies and the changes that the response will carry."""
        return CookieJar(self.header_values(b"cookie"), is_secure=not self._is_plain_development)

    @lazy
    def session(self) -> SessionState:
        """The signed session, opened on first use."""
        cookie = SessionCookie(
            self.setup.keys,
            PLAIN_COOKIE_NAME if self._is_plain_development else COOKIE_NAME,
            int(self.setup.clock()),
            self.setup.settings.session_max_age_seconds,
        )
        return SessionState(cookie, self.cookies)

    @property
    def visitor(self) -> str | None:
        """The identity of the session, where one was started: without a cookie there is none to open."""
        return self.session.identity if self.has_session or b"cookie" in self._first_headers() else None

    @property
    def has_more_to_say(self) -> bool:
        """Whether the answer may need more than its own headers and content."""
        made = self.__dict__
        return "session" in made or "cookies" in made or bool(self.told) or self._is_refused

    @property
    def has_session(self) -> bool:
        """Whether the session was looked at in this call."""
        return "session" in self.__dict__

    @property
    def has_cookies(self) -> bool:
        """Whether cookies were looked at in this call."""
        return "cookies" in self.__dict__

    @lazy
    def request(self) -> Request:
        """The request as user code sees it; made on first use."""
        return Request(self)

    @property
    def _is_plain_development(self) -> bool:
        # Safari and curl keep no Secure cookie from http://localhost, so development over http goes without.
        return self.setup.settings.is_development and self.client.scheme == "http"

    @property
    def _allowed_origins(self) -> AllowedOrigins:
        allowed = self.setup.allowed_origins
        return allowed if self.more_origins is None else allowed | self.more_origins

    def origin_decision(self, kind: Literal["action", "handler"]) -> Decision:
        """Decide whether this request may have come from a page of this app."""
        return decide(
            sec_fetch_site=self.header_values(b"sec-fetch-site"),
            origin=self.header_values(b"origin"),
            own=self._own_origins,
            allowed=NO_ORIGINS if kind == "action" else self._allowed_origins,
            kind=kind,
            has_ambient_credentials=self._has_ambient_credentials,
        )

    def _own_origins(self) -> Sequence[Origin]:
        return own_origins(self.client.scheme, self.client.host, self.setup.own_origins)

    def _has_ambient_credentials(self) -> bool:
        return has_ambient_credentials(
            has_cookie=bool(self.header_values(b"cookie")),
            authorization=self.header_values(b"authorization"),
            has_client_certificate=bool(self.scope.get("extensions", {}).get("tls", {}).get("client_cert_chain")),
        )

    def check_origin(self, kind: Literal["action", "handler"]) -> None:
        """Refuse a request that another origin's page may have sent.

        Raises:
            Forbidden: with the named reason in `details`.
        """
        self.is_origin_checked = True
        decision = self.origin_decision(kind)
        if not decision.allowed:
            raise Forbidden("This request did not come from a page of this site", details=decision.reason)

    def check_session_origin(self) -> None:
        """Refuse to open the session in an unsafe route handler that another origin's page may have called.

        A route handler that works with the session is open to forgery; reading the session is the moment we know.
        """
        if self.kind == "handler" and not self.is_origin_checked and not is_safe(self.method):
            self.check_origin("handler")

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
        declared = self._first_headers().get(b"content-length")
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


class Request(StarletteRequest):
    """A Starlette request whose body obeys the app's size limit and whose client is seen through trusted proxies."""

    def __init__(self, call: Call) -> None:
        super().__init__(call.scope, call.receive)
        self.call = call

    @property
    def client(self) -> Address | None:
        """The browser's address; the port is the connection's, which a proxy does not tell."""
        address, peer = self.call.client.address, super().client
        return None if address is None else Address(address, peer.port if peer else 0)

    @property
    def principal(self) -> str | None:
        """Who a guard such as `bearer` or `api_key` has found to be calling."""
        return self.call.principal

    @property
    def url(self) -> URL:
        """The URL as the browser knows it."""
        return URL(scope={**self.scope, **self._seen})

    @property
    def base_url(self) -> URL:
        """The URL of the app's root as the browser knows it."""
        root = self.scope.get("app_root_path", self.scope.get("root_path", "")).rstrip("/") + "/"
        return URL(scope={**self.scope, **self._seen, "path": root, "query_string": b"", "root_path": root})

    @property
    def _seen(self) -> dict[str, Any]:
        client = self.call.client
        return {"scheme": client.scheme, "headers": [(b"host", client.host.encode("latin-1"))]}

    async def body(self) -> bytes:
        """Read the whole body; a verified or decoded body can be read again."""
        return await self.call.body()

    async def stream(self) -> AsyncIterator[bytes]:  # type: ignore[override]
        """Read the body in chunks."""
        async for chunk in self.call.stream():
            yield chunk

    async def json(self) -> Any:
        """Read the body as strict JSON."""
        return loads(await self.body())

    async def form(self) -> FormData:  # type: ignore[override]
        """Read the body as a form."""
        form = await self.call.read_form()
        return FormData([*form.pairs, *form.files])

    @property
    def session(self) -> SessionState:  # type: ignore[override]
        """The signed session."""
        self.call.check_session_origin()
        return self.call.session


current_call: ContextVar[Call] = served


def current(what: str) -> Call:
    """Give the call being handled.

    Args:
        what: the name that user code used, for the message.
    """
    cached = computing.get()
    if cached is not None:
        raise ConfigurationError(
            f"{what} was used inside the cached function {cached}: its value would be served to other visitors. "
            f"Read {what} outside and pass what you need as an argument"
        )
    try:
        return current_call.get()
    except LookupError:
        raise ConfigurationError(f"{what} works only while a request is handled") from None
