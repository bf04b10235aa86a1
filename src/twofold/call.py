"""One request on its way through the app: what came in, what goes out beside the result, and who may look at it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any, Literal

from starlette.datastructures import URL, Address, FormData
from starlette.datastructures import Headers as HeaderView
from starlette.requests import Request as StarletteRequest
from starlette.websockets import WebSocket

from twofold.boundary import loads
from twofold.cache import computing
from twofold.cookies import CookieJar
from twofold.errors import ConfigurationError, Forbidden
from twofold.incoming import Incoming
from twofold.lazy import lazy
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
from twofold.tracing import Trace

NO_PARAMETERS: Mapping[str, Any] = MappingProxyType({})
Kind = Literal["page", "action", "handler", "socket"]
After = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]


class Call(Incoming):
    """A request on its way: its cookies and session, what goes out beside the result, and what was put off until then."""

    # What most requests never change is not set anew for each of them.
    kind: Kind = "page"
    pattern = ""
    parameters: Mapping[str, Any] = NO_PARAMETERS
    after: Sequence[After] = ()
    told: Sequence[tuple[bytes, bytes]] = ()
    principal: str | None = None
    more_origins: AllowedOrigins | None = None
    submission: Any = None
    key: str | None = None
    socket: WebSocket | None = None
    pending: Any = None
    collects: bool | None = None
    is_origin_checked = False
    is_answered = False
    is_interactive = False
    trace: Trace | None = None
    _cookies: CookieJar | None = None
    _session: SessionState | None = None

    @lazy
    def dependencies(self) -> dict[Callable[..., Any], Any]:
        """What dependencies gave, by function."""
        return {}

    def put_off(self, *works: After) -> None:
        """Do something when the answer has left."""
        self.after = [*self.after, *works]

    def tell(self, headers: Iterable[tuple[bytes, bytes]]) -> None:
        """Send headers beside those of the result."""
        self.told = [*self.told, *headers]

    @lazy
    def headers(self) -> HeaderView:
        """The request's headers, read-only."""
        return HeaderView(raw=list(self.raw_headers))

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
        host = self.first_headers.get(b"host", b"")
        if host in setup.known_hosts or not setup.allowed_hosts:
            return True
        if setup.has_proxies:
            return is_allowed_host(self.client.host, setup.allowed_hosts)
        if not is_allowed_host(host.decode("latin-1"), setup.allowed_hosts):
            return False
        if len(setup.known_hosts) < REMEMBERED:  # a wildcard allows any number
            setup.known_hosts.add(host)
        return True

    @property
    def cookies(self) -> CookieJar:
        """The request's cookies and the changes that the response will carry."""
        if self._cookies is None:
            self._cookies = CookieJar(self.header_values(b"cookie"), is_secure=not self._is_plain_development)
        return self._cookies

    @property
    def session(self) -> SessionState:
        """The signed session, opened on first use."""
        if self._session is None:
            cookie = SessionCookie(
                self.setup.keys,
                PLAIN_COOKIE_NAME if self._is_plain_development else COOKIE_NAME,
                int(self.setup.clock()),
                self.setup.settings.session_max_age_seconds,
            )
            self._session = SessionState(cookie, self.cookies)
        return self._session

    @property
    def visitor(self) -> str | None:
        """The identity of the session, where one was started: without a cookie there is none to open."""
        return self.session.identity if self.has_session or b"cookie" in self.first_headers else None

    @property
    def has_more_to_say(self) -> bool:
        """Whether the answer may need more than its own headers and content."""
        return self._cookies is not None or self._session is not None or bool(self.told) or self._is_refused

    @property
    def has_session(self) -> bool:
        """Whether the session was looked at in this call."""
        return self._session is not None

    @property
    def has_cookies(self) -> bool:
        """Whether cookies were looked at in this call."""
        return self._cookies is not None

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
