"""The app: a route tree behind one ASGI callable. The whole way of a request is in this file and in `endpoints.py`."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from functools import partial
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from twofold import cache as caching
from twofold import idempotency as calling_once
from twofold import limits as limiting
from twofold import locks as locking
from twofold import observing
from twofold.actions import Action
from twofold.answering import answer, answered, fail_as_json, run_after
from twofold.asgi import adding, hand_over, headless, reading_rest, route_path
from twofold.call import Call, current_call
from twofold.endpoints import Endpoint, Found, nothing_here
from twofold.errors import BadRequest, ConfigurationError, NotFound, Redirect, UriTooLong
from twofold.handlers import handshake, refuse_handshake
from twofold.live import hub_of
from twofold.middleware import Middleware, Step, chain
from twofold.observing import LISTENER
from twofold.pages import Chain
from twofold.registration import Registration
from twofold.reserved import CALL_PATH, RESERVED, answer_call, answer_reserved, runtime_file
from twofold.responses import NO_STORE, Prepared, redirection
from twofold.routing import Malformed, Match
from twofold.security_headers import DATA_HEADERS, security_headers
from twofold.settings import Settings, Setup
from twofold.stores import Stores, stores_for
from twofold.visiting import visited

log = logging.getLogger("twofold")
F = TypeVar("F", bound=Callable[..., Any])
Lifespan = Callable[["App"], AbstractAsyncContextManager[Any]]


class App:
    """A Twofold app, as an ASGI application.

        app = App("app")            # the folders of the package `app`
        app = App()                 # routes by decorators: @app.page("/"), @app.get("/api/stock/{sku}")

    Args:
        package: dotted name of the package whose folders are the routes.
        settings: read from the environment and pyproject.toml when left out.
        lifespan: an async context manager function around the app's life; it gets the app.
        middleware: around every route, outermost first.
        cache: store of cached functions.
        idempotency: store of call keys.
        locks: who grants locks.
        limits: who counts requests. Each of these is on the server of `TWOFOLD_REDIS_URL` when left out, or in the memory of the
            process where there is none.

    Raises:
        ConfigurationError: for misuse anywhere in the app, with file, line and remedy.
    """

    def __init__(
        self,
        package: str | None = None,
        *,
        settings: Settings | None = None,
        lifespan: Lifespan | None = None,
        middleware: Sequence[Middleware] = (),
        cache: caching.Store | None = None,
        idempotency: calling_once.Store | None = None,
        locks: locking.Store | None = None,
        limits: limiting.Store | None = None,
    ) -> None:
        self.routes = Registration(package, middleware)
        self._settings = settings
        self._lifespan = lifespan
        self._given = cache, idempotency, locks, limits
        self._stores: Stores | None = None
        self._setup: Setup | None = None
        self._headers: list[tuple[bytes, bytes]] = []
        self._mounted_headers: list[tuple[bytes, bytes]] = []
        self._surroundings = Chain()
        self._unmatched: Step = self._nothing
        self._answer_call: Step | None = None
        self._is_watched = False
        self._asgi: ASGIApp = self._serve

    # Registration

    def page(self, pattern: str) -> Callable[[F], F]:
        """Show a component at a route: `@app.page("/products/{sku}")`."""
        return self.routes.page(pattern)

    def get(self, pattern: str) -> Callable[[F], F]:
        """Answer GET, and HEAD with it."""
        return self.routes.handler(pattern, "GET")

    def post(self, pattern: str) -> Callable[[F], F]:
        """Answer POST."""
        return self.routes.handler(pattern, "POST")

    def put(self, pattern: str) -> Callable[[F], F]:
        """Answer PUT."""
        return self.routes.handler(pattern, "PUT")

    def patch(self, pattern: str) -> Callable[[F], F]:
        """Answer PATCH."""
        return self.routes.handler(pattern, "PATCH")

    def delete(self, pattern: str) -> Callable[[F], F]:
        """Answer DELETE."""
        return self.routes.handler(pattern, "DELETE")

    def head(self, pattern: str) -> Callable[[F], F]:
        """Answer HEAD, where GET should not."""
        return self.routes.handler(pattern, "HEAD")

    def options(self, pattern: str) -> Callable[[F], F]:
        """Answer OPTIONS, where the automatic answer is not enough."""
        return self.routes.handler(pattern, "OPTIONS")

    def websocket(self, pattern: str) -> Callable[[F], F]:
        """Hold a WebSocket conversation."""
        return self.routes.handler(pattern, "WEBSOCKET")

    def layout(self, function: F) -> F:
        """Put a component around every page: it takes `children`."""
        return self.routes.layout(function)

    def not_found(self, function: F) -> F:
        """Choose the page for what is not there."""
        return self.routes.not_found(function)

    def error(self, function: F) -> F:
        """Choose the page for every other failure: it may take `error`."""
        return self.routes.error(function)

    def mount(self, prefix: str, app: ASGIApp) -> None:
        """Hand everything below a prefix that no route matches to another ASGI app."""
        self.routes.mount(prefix, app)

    def wrap(self, middleware: Callable[..., ASGIApp], **options: Any) -> None:
        """Put ASGI middleware around the whole app; the last one wrapped is the outermost."""
        self._asgi = middleware(self._asgi, **options)

    def url_for(self, function: Callable[..., Any] | Action[..., Any], /, **parameters: object) -> str:
        """Give the URL of a page or route handler.

        Args:
            parameters: of the path; those that it does not name become the query.
        """
        node = self.routes.node_of(function)
        path = {name: value for name, value in parameters.items() if name in node.parameter_names}
        query = {name: value for name, value in parameters.items() if name not in path}
        try:
            root = current_call.get().scope.get("root_path", "")
        except LookupError:
            root = ""
        return quote(root) + node.url(**path) + (f"?{urlencode(query, doseq=True)}" if query else "")

    # Start

    @property
    def setup(self) -> Setup:
        """What the app holds since it was started."""
        if self._setup is None:
            raise ConfigurationError("the app was not started; serve it, or use twofold.testing.Client")
        return self._setup

    @property
    def stores(self) -> Stores:
        """What the started app keeps beyond a request, and where."""
        if self._stores is None:
            raise ConfigurationError("the app was not started; serve it, or use twofold.testing.Client")
        return self._stores

    @property
    def settings(self) -> Settings:
        """The settings, read when first needed."""
        if self._settings is None:
            self._settings = Settings.load()
        return self._settings

    def start(self, settings: Settings | None = None, *, clock: Callable[[], float] = time.time) -> Setup:
        """Put the app together; a server's first event does it where nobody did.

        Args:
            settings: instead of the app's own.
            clock: seconds since the epoch.

        Raises:
            ConfigurationError: production without secrets, routes that contradict each other, and all other misuse.
        """
        if settings is not None:
            self._settings = settings
        # The system's clock can be set back, which must not make anything live longer; a test's clock is all there is.
        elapsed = time.monotonic if clock is time.time else clock
        self._stores = stores_for(self.settings.redis_url, self.settings.redis_prefix, elapsed).given(*self._given)
        self._setup = Setup(
            self.settings,
            cache_store=self.stores.cache,
            idempotency_store=self.stores.idempotency,
            lock_store=self.stores.locks,
            limit_store=self.stores.limits,
            clock=clock,
            url_for=self.url_for,
            visit=partial(visited, self._match),
        )
        self._setup.live = hub_of(self._setup)
        observing.listen()
        self._is_watched = self._setup.development_page is not None
        self._headers = security_headers(self.settings.content_security_policy)
        # A mounted app loads what it loads: our policy would break the pages of most.
        self._mounted_headers = [one for one in self._headers if one[0] != b"content-security-policy"]
        self._surroundings = self.routes.compile()
        self._unmatched = self._nothing
        self._answer_call = partial(answer_call, around=self._around_action)
        if self.routes.root_middleware:
            self._answer_call = None
            self._unmatched = partial(answer, chain(self.routes.root_middleware, self._nothing), fail=fail_as_json)
        return self._setup

    # The way of a request

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one ASGI connection."""
        await self._asgi(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._serve_other(scope, receive, send)
            return
        setup = self._setup or self.start()
        path = route_path(scope)
        match = self._match(path)
        call = Call(scope, receive, setup, path)
        if not call.is_for_us:
            await self._send(call, await fail_as_json(BadRequest("Unknown host"), call), send)
            return
        token = current_call.set(call)
        try:
            # Most requests go straight to a handler; whatever else there may be is a step further.
            direct = self._direct(match, call)
            if direct is None:
                await self._dispatch(match, call, send)
                return
            try:
                response = await direct(call)
            except BaseException as error:  # noqa: BLE001 - `answered` lets through what is no failure
                response = await answered(error, call, fail_as_json)
            await self._send(call, response, send)
        except ClientDisconnect:
            return
        finally:
            current_call.reset(token)
            if call.form is not None or call.after:
                await self._finish(call)

    def _direct(self, match: Found, call: Call) -> Step | None:
        """Give the handler or the action around which nothing stands, and place the call there."""
        if self._is_watched or LISTENER.is_there:
            return None
        if type(match) is not Match:
            return self._answer_call if call.path == CALL_PATH and call.method == "POST" else None
        endpoint = match.node.value
        direct = None if endpoint is None else endpoint.direct.get(call.method)
        if direct is not None:
            call.kind, call.pattern, call.parameters = "handler", match.node.pattern, match.parameters
        return direct

    async def _serve_other(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Live and die with the server, or hold a conversation."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        setup = self._setup or self.start()
        path = route_path(scope)
        match = self._match(path)
        endpoint = match.node.value if isinstance(match, Match) else None
        call = handshake(WebSocket(scope, receive, send), setup, path)
        if not call.is_for_us:
            await refuse_handshake(call, await fail_as_json(BadRequest("Unknown host"), call))
        elif endpoint is not None and endpoint.mounted is not None:
            await hand_over(endpoint.mounted, endpoint.pattern, scope, receive, adding(self._mounted_headers, send))
        elif endpoint is None or endpoint.socket is None or not isinstance(match, Match):
            await refuse_handshake(call, await fail_as_json(NotFound(), call))
        else:
            endpoint.place(call, match)
            await self._converse(endpoint, call)

    async def _converse(self, endpoint: Endpoint, call: Call) -> None:
        token = current_call.set(call)
        try:
            await endpoint.converse(call)
        except ClientDisconnect:
            return
        finally:
            current_call.reset(token)
            await self._finish(call)

    async def _finish(self, call: Call) -> None:
        """Do what was put off until the answer has left."""
        token = current_call.set(call)
        try:
            if call.form is not None:
                await call.form.close()
            await run_after(call)
        finally:
            current_call.reset(token)

    async def _dispatch(self, match: Found, call: Call, send: Send) -> None:
        """Answer a request, or let the app that is mounted here answer it."""
        endpoint: Endpoint | None = match.node.value if isinstance(match, Match) else None
        if endpoint is not None and endpoint.mounted is not None:
            mounted = adding(self._mounted_headers, send)
            await hand_over(endpoint.mounted, endpoint.pattern, call.scope, call.receive, mounted)
        elif LISTENER.is_there:
            with observing.exchange(call.method, call.raw_headers) as seen:
                response = await self._respond(match, endpoint, call)
                seen.answered(call.pattern, response.status_code)
                await self._send(call, response, send)
        else:
            await self._send(call, await self._respond(match, endpoint, call), send)

    def _match(self, path: bytes) -> Found:
        return None if path.startswith(RESERVED) else self.routes.tree.match(path)

    async def _respond(self, match: Found, endpoint: Endpoint | None, call: Call) -> Response:
        if isinstance(match, Match) and endpoint is not None:
            endpoint.place(call, match)
            if match.has_trailing_slash and endpoint.page is not None and call.method in ("GET", "HEAD"):
                return redirection(Redirect(_without_slash(call), 308))
            return await endpoint.respond(call)
        if isinstance(match, Malformed):
            failure = BadRequest() if match.status == 400 else UriTooLong()
            return await nothing_here(call, self._surroundings, failure)
        return runtime_file(call) or await self._unmatched(call)

    async def _nothing(self, call: Call) -> Response:
        return await answer_reserved(call, self._around_action) or await nothing_here(call, self._surroundings, NotFound())

    def _around_action(self, action: Action[..., Any], step: Step) -> Step:
        return chain([one for one in action.guards if one not in self.routes.root_middleware], step)

    async def _send(self, call: Call, response: Response, send: Send) -> None:
        """Add what goes out beside the result, and send."""
        if type(response) is Prepared and len(response.raw_headers) == response.count and not call.has_more_to_say:
            call.is_answered = True
            headers = response.raw_headers + (DATA_HEADERS if response.is_data else self._headers)
            await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
            await send({"type": "http.response.body", "body": b"" if call.method == "HEAD" else response.body})
            return
        if call.has_session:
            response = await answer(partial(_with_session, response), call, fail_as_json)
        call.is_answered = True
        headers = response.raw_headers
        ours = DATA_HEADERS if isinstance(response, Prepared) and response.is_data else self._headers
        if call.has_cookies:
            headers.extend(call.cookies.headers())
        headers.extend(call.told)
        present = {name for name, _ in headers}
        if b"set-cookie" in present and b"cache-control" not in present:
            headers.append(NO_STORE)  # a shared cache would give the cookie to other visitors
        headers.extend(one for one in ours if one[0] not in present)
        if call.is_cut:
            send = reading_rest(call.receive, send)
        await response(call.scope, call.receive, headless(send) if call.method == "HEAD" else send)

    async def _live(self, receive: Receive, send: Send) -> None:
        """Start and stop with the server. Source: ASGI lifespan protocol."""
        await receive()
        try:
            setup = self._setup or self.start()
            with caching.use(setup.cache_store), locking.use(setup.lock_store):
                async with AsyncExitStack() as stack:
                    stack.push_async_callback(self.stores.close)
                    if self._lifespan is not None:
                        await stack.enter_async_context(self._lifespan(self))
                    observing.listen()
                    await send({"type": "lifespan.startup.complete"})
                    await receive()
                    await calling_once.drain(timeout_seconds=10)
        except Exception as error:
            log.critical("the app did not start or stop cleanly", exc_info=error)
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            raise
        await send({"type": "lifespan.shutdown.complete"})


def _without_slash(call: Call) -> str:
    return call.location.rstrip("/") + (f"?{call.query}" if call.query else "")


async def _with_session(response: Response, call: Call) -> Response:
    call.session.save(call.cookies)
    return response
