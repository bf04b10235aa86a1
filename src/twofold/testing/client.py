"""A client that behaves like a browser tab, in process or against a running server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar, overload

import httpx2
from starlette.types import ASGIApp

from twofold.actions import Action
from twofold.actions.capability import new_call_key
from twofold.app import App
from twofold.errors import ConfigurationError
from twofold.origin import is_safe
from twofold.settings import Settings
from twofold.testing.calls import decode, encode
from twofold.testing.clock import FrozenClock
from twofold.testing.encoding import encoded, query_of
from twofold.testing.forms import PageForm
from twofold.testing.living import Living
from twofold.testing.page import Page

P = ParamSpec("P")
R = TypeVar("R")

Headers = Mapping[str, str | None]
"""Headers by name; None leaves one out that the client would send."""

MAX_REDIRECTS = 20
REDIRECTS = frozenset({301, 302, 303, 307, 308})
TIMEOUT_SECONDS = 30.0
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


class Client:
    """A client that behaves like a browser tab: it keeps cookies, says where a request comes from, and follows redirects.

        async with Client(app) as client:
            page = await client.page("/products/A-1")
            page = await client.submit(page.form("reserve_stock"), quantity=2)
            reservation = await client.call(reserve_stock, "A-1", 2)

    Args:
        app: an app, whose lifespan runs while the client is open; or the URL of a running server.
        base_url: the origin under which the app is asked; the server's own when it runs already.
        settings: for the app. Where it has none and the environment no secret, it starts in the mode "test".
        clock: for the app, instead of the real one.

    Raises:
        ConfigurationError: settings or a clock for what is not started here.
    """

    def __init__(
        self,
        app: ASGIApp | str,
        *,
        base_url: str = "https://testserver",
        settings: Settings | None = None,
        clock: FrozenClock | None = None,
    ) -> None:
        if not isinstance(app, App) and (settings is not None or clock is not None):
            raise ConfigurationError("Client(settings=, clock=) are for an App of this process; a server is started with its own")
        self.base_url = httpx2.URL(app if isinstance(app, str) else base_url)
        self._app = app
        self._settings = settings
        self._clock = clock
        self._living: Living | None = None
        self._http: httpx2.AsyncClient | None = None
        self._visitors: list[Client] = []

    @classmethod
    def connect(cls, url: str) -> Client:
        """Give a client of a running server."""
        return cls(url)

    async def __aenter__(self) -> Self:
        if not isinstance(self._app, str):
            if isinstance(self._app, App):
                self._start(self._app)
            self._living = Living(self._app)
            await self._living.start()
        self._http = self._open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for visitor in self._visitors:
            await visitor._close()  # noqa: SLF001  a visitor is a client of this one's making
        await self._close()
        if self._living is not None:
            await self._living.stop()

    def visitor(self) -> Client:
        """Give a client for another visitor of the same app: with cookies of its own, closed with this one."""
        other = Client(self._app, base_url=str(self.base_url))
        other._living = self._living
        other._http = other._open()
        self._visitors.append(other)
        return other

    @property
    def cookies(self) -> httpx2.Cookies:
        """The cookies of this visitor."""
        return self._session.cookies

    # Requests

    async def request(
        self, method: str, url: str, *, headers: Headers | None = None, follow_redirects: bool = False, **body: Any
    ) -> httpx2.Response:
        """Send one request.

        Args:
            headers: an `Origin` or a `Sec-Fetch-Site` among them replaces what a browser would say, both of it.
            body: `content=`, `data=`, `files=` or `json=`; and `params=`.
        """
        sent = self._headers(method, headers or {})
        return await self._session.request(method, url, headers=sent, follow_redirects=follow_redirects, **body)

    async def get(self, url: str, **options: Any) -> httpx2.Response:
        """Send a GET; see `request`."""
        return await self.request("GET", url, **options)

    async def post(self, url: str, **options: Any) -> httpx2.Response:
        """Send a POST; see `request`."""
        return await self.request("POST", url, **options)

    async def put(self, url: str, **options: Any) -> httpx2.Response:
        """Send a PUT; see `request`."""
        return await self.request("PUT", url, **options)

    async def patch(self, url: str, **options: Any) -> httpx2.Response:
        """Send a PATCH; see `request`."""
        return await self.request("PATCH", url, **options)

    async def delete(self, url: str, **options: Any) -> httpx2.Response:
        """Send a DELETE; see `request`."""
        return await self.request("DELETE", url, **options)

    # Pages and forms

    async def page(self, url: str, *, headers: Headers | None = None) -> Page:
        """Open a page, and follow redirects to where a browser would arrive."""
        return await self._navigate("GET", url, {**HTML, **(headers or {})})

    async def submit(self, form: PageForm, values: Mapping[str, Any] | None = None, /, **fields: Any) -> Page:
        """Fill in a form, submit it, and follow redirects.

        Args:
            values: fields whose names are no Python names, such as `{"address.zip": "123"}`.
            fields: see `PageForm.entries`; those left out keep what the page shows.

        Raises:
            LookupError: the form has no such field, or the field no such option.
        """
        entries = form.entries({**(values or {}), **fields})
        if form.method != "post":
            return await self._navigate("GET", f"{form.url.partition('?')[0]}?{query_of(entries)}", HTML)
        content_type, content = encoded(entries, form.enctype)
        return await self._navigate("POST", form.url, {**HTML, "Content-Type": content_type}, content)

    # Actions

    @overload
    async def call(self, action: Action[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R: ...

    @overload
    async def call(self, action: Action[..., R], /, *args: Any, key: str, **kwargs: Any) -> R: ...

    async def call(self, action: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Call an exported action as the typed client does, and give its result.

        Args:
            args: as for a call in Python.
            key: the call key, to repeat a call; a new one for each call when left out. Where the action has a
                parameter `key` itself, it is that.

        Returns:
            The result, read by the action's own type; a `Redirect` where the action redirects.

        Raises:
            ContractError: the call failed; of the class that the action declares for the code.
            NotFound: there is no such action, or it is not exported.
        """
        key = kwargs.pop("key", None) if "key" not in action.arguments.names else None
        body = encode(action, action.arguments.bind(args, kwargs))
        headers = {"Content-Type": "application/json", "Accept": "application/json", "Twofold-Call": key or new_call_key()}
        door = f"/_twofold/call?/{action.id}"
        return decode(action, await self.post(door, content=body, headers=headers))

    # Inside

    @property
    def _session(self) -> httpx2.AsyncClient:
        if self._http is None:
            raise ConfigurationError("the client is not open; write `async with Client(...) as client:`")
        return self._http

    def _start(self, app: App) -> None:
        settings = self._settings or _settings_for_test(app.settings)
        if self._clock is None:
            app.start(settings)
        else:
            app.start(settings, clock=self._clock)

    def _open(self) -> httpx2.AsyncClient:
        # From the environment come proxies for the outside world, which this client never asks.
        transport = httpx2.ASGITransport(self._living) if self._living is not None else None
        return httpx2.AsyncClient(
            transport=transport,
            base_url=self.base_url,
            cookies=_cookie_jar(self.base_url),
            trust_env=False,
            timeout=TIMEOUT_SECONDS,
        )

    async def _close(self) -> None:
        if self._http is not None:
            await self._http.aclose()
            self._http = None

    def _headers(self, method: str, given: Headers) -> dict[str, str]:
        names = {name.lower() for name in given}
        headers = {name: value for name, value in given.items() if value is not None}
        if not is_safe(method) and not names & {"origin", "sec-fetch-site"}:
            headers |= {"Origin": _origin(self.base_url), "Sec-Fetch-Site": "same-origin"}
        return headers

    async def _navigate(self, method: str, url: str, headers: Headers, content: bytes | None = None) -> Page:
        history: list[httpx2.Response] = []
        while True:
            response = await self.request(method, url, headers=headers, content=content)
            location = response.headers.get("location")
            target = response.url.join(location) if location and response.status_code in REDIRECTS else None
            if target is None or _origin(target) != _origin(self.base_url):
                return Page(response, history)
            history.append(response)
            if len(history) > MAX_REDIRECTS:
                raise RuntimeError(f"more than {MAX_REDIRECTS} redirects, the last from {response.url} to {target}")
            url = str(target)
            if response.status_code not in (307, 308):
                method, content, headers = "GET", None, HTML


def _settings_for_test(settings: Settings) -> Settings:
    """Make an app startable that nobody configured."""
    if settings.secrets or settings.mode != "production":
        return settings
    # Hosts and origins are those of the deployment, and the client asks under another name.
    return replace(settings, mode="test", allowed_hosts=(), origins=())


def _cookie_jar(base_url: httpx2.URL) -> CookieJar:
    # Browsers keep Secure cookies for http on loopback, which is a trustworthy origin.
    # Source: W3C Secure Contexts section 3.1.
    is_trustworthy = base_url.host in ("localhost", "127.0.0.1", "::1")
    schemes = ("https", "wss", "http") if is_trustworthy else ("https", "wss")
    return CookieJar(DefaultCookiePolicy(secure_protocols=schemes))


def _origin(url: httpx2.URL) -> str:
    port = f":{url.port}" if url.port is not None else ""
    host = f"[{url.host}]" if ":" in url.host else url.host
    return f"{url.scheme}://{host}{port}"
