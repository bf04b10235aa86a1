"""An endpoint: everything that answers at one route, behind the middleware of that route."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TypeAlias

from starlette.responses import Response
from starlette.types import ASGIApp

from twofold.actions import PULL_HEADER, Action, answer_action, find_action_id, is_client_call, is_runtime_call, read_receipt
from twofold.answering import Fail, answer, fail_as_json
from twofold.call import Call
from twofold.errors import BadRequest, ConfigurationError, Failure, MethodNotAllowed, NotImplementedHere
from twofold.frames import Frames, fail_as_frames, redirected
from twofold.handlers import Handler, SocketHandler, check_undeclared, mark, preflighted, refuse_handshake
from twofold.middleware import Middleware, Step, chain
from twofold.pages import Chain, Page, show_failure
from twofold.regions import Wish, read_have, refreshed
from twofold.responses import Empty, failure_response, wants_html
from twofold.routing import Malformed, Match, MethodDecision, MethodOutcome, decide_method
from twofold.tracing import Trace

PAGE_METHODS = ("GET", "POST")


@dataclass(slots=True)
class Endpoint:
    """What one route holds; the app puts it on the route's node.

    Args:
        middleware: of the app and of the folders around the route, outermost first.
        surroundings: its layouts and error pages.

    Attributes:
        direct: handlers around which nothing stands, by method: a request goes straight to them.
    """

    pattern: str
    source: str
    page: Page | None = None
    handlers: dict[str, Handler] = field(default_factory=dict)
    socket: SocketHandler | None = None
    mounted: ASGIApp | None = None
    middleware: tuple[Middleware, ...] = ()
    surroundings: Chain = field(default_factory=Chain)
    _step: Step = field(init=False)
    direct: dict[str, Step] = field(init=False, default_factory=dict)
    _socket_step: Step = field(init=False)

    def add_page(self, page: Page) -> None:
        """Put a page here.

        Raises:
            ConfigurationError: something else answers here already.
        """
        if self.page is not None or self.handlers:
            raise self._conflict(page.place)
        check_undeclared(page.function, "page", page.place)
        self.page = page

    def add_handler(self, handler: Handler) -> None:
        """Put a handler for one method here."""
        if self.page is not None or handler.method in self.handlers:
            raise self._conflict(handler.place)
        self.handlers[handler.method] = handler

    def add_socket(self, socket: SocketHandler) -> None:
        """Put a WebSocket handler here."""
        if self.socket is not None:
            raise self._conflict(socket.place)
        self.socket = socket

    def _conflict(self, place: str) -> ConfigurationError:
        return ConfigurationError(
            f"{place}: {self.pattern} is answered at {self.source} already; a route has one page, or one handler for each method"
        )

    def compile(self) -> None:
        """Put the middleware around what answers; called once, at start."""
        if self.page is not None:  # again, for what stands above the route
            check_undeclared(self.page.function, "page", self.page.place)
        self._step = chain(self.middleware, self._answer)
        for handler in self.handlers.values():
            handler.compile()
        # OPTIONS may be a preflight.
        plain = {method: one.step for method, one in self.handlers.items() if not one.declared.cors and method != "OPTIONS"}
        self.direct = {} if self.middleware else plain
        self._socket_step = chain(self.middleware, self._hold)

    def place(self, call: Call, match: Match[Endpoint]) -> None:
        """Tell a call where it has arrived."""
        call.pattern = self.pattern
        call.parameters = match.parameters

    def decide(self, method: str) -> MethodDecision:
        """Decide what a method means here."""
        return decide_method(method, PAGE_METHODS if self.page is not None else self.handlers)

    async def respond(self, call: Call) -> Response:
        """Answer a request.

        The automatic OPTIONS and the preflights of scripts run no code of the app and stand before its guards, because
        browsers send them without credentials; every other request passes through the middleware.
        """
        decision = self.decide(call.method)
        preflight = preflighted(self.handlers, call) if call.method == "OPTIONS" else None
        if preflight is not None:
            return preflight
        if decision.outcome is MethodOutcome.OPTIONS:
            return Empty(204, [(b"allow", decision.allow.encode("ascii"))])
        call.kind = "page" if self.page is not None else "handler"
        if call.setup.development_page is not None and call.trace is None:  # the page behind a redirect has its call's
            call.trace = Trace()
        if call.method == "POST" and self.page is not None and is_runtime_call(call):
            return redirected(await answer(self._step, call, fail_as_frames))
        response = await answer(self._step, call, self.fail)
        mark(response, self.handlers, decision.handler, call)
        return response

    async def converse(self, call: Call) -> None:
        """Hold a WebSocket conversation behind the same middleware: a handshake is a GET (RFC 6455 section 4.1)."""
        response = await answer(self._socket_step, call, fail_as_json)
        if call.kind != "socket":
            await refuse_handshake(call, response)

    async def _hold(self, call: Call) -> Response:
        if self.socket is None:
            raise ConfigurationError(f"{self.pattern} holds no conversation")
        call.kind = "socket"
        await self.socket(call)
        return Empty(101)

    async def fail(self, failure: Failure, call: Call) -> Response:
        """Answer with a failure, in the representation of this place."""
        if self.page is not None:
            return await show_failure(failure, call, self.surroundings)
        return failure_response(failure, call)

    async def _answer(self, call: Call) -> Response:
        decision = self.decide(call.method)
        if decision.handler is None:
            return await self._refuse(decision, call)
        if self.page is None:
            return await self.handlers[decision.handler](call)
        if call.method == "POST":
            return await self._answer_post(call)
        return await answer(self._show, call, self.fail)

    async def _refuse(self, decision: MethodDecision, call: Call) -> Response:
        if decision.outcome is MethodOutcome.MALFORMED:
            return await self.fail(BadRequest(), call)
        if decision.outcome is MethodOutcome.NOT_IMPLEMENTED:
            return await self.fail(NotImplementedHere(), call)
        response = await self.fail(MethodNotAllowed(), call)
        response.raw_headers.append((b"allow", decision.allow.encode("ascii")))
        return response

    async def _answer_post(self, call: Call) -> Response:
        if call.header(PULL_HEADER) is not None:
            return await answer(self._answer_pull, call, fail_as_frames)
        action_id = find_action_id(call.query)
        if action_id is None:
            return await self._refuse(decide_method("POST", ("GET",)), call)
        call.kind = "action"
        fail = self._fail_of(call)
        step = partial(answer_action, action_id=action_id, around=self._around_action, show=self._show_without, fail=fail)
        return await answer(step, call, fail)

    def _fail_of(self, call: Call) -> Fail:
        """Give how failures reach whoever calls an action."""
        if is_runtime_call(call):
            return fail_as_frames
        return fail_as_json if is_client_call(call) else self.fail

    async def _answer_pull(self, call: Call) -> Response:
        """Answer the runtime's question for what is outdated on its page. Nothing runs but rendering."""
        call.check_origin("action")
        have = read_have(await call.body(), call)
        call.submission = await read_receipt(call)
        wanted = frozenset((call.header(PULL_HEADER) or "").split(","))
        return Frames([], refreshed(call, Wish(have, self._show_without, wanted, budget_seconds=None)))

    def _around_action(self, action: Action[..., object], step: Step) -> Step:
        """Put the action's own guards around it, but for those that this route has run already."""
        return chain([one for one in action.guards if one not in self.middleware], step)

    async def _show(self, call: Call) -> Response:
        if call.submission is None:
            call.submission = await read_receipt(call)
        return await self._show_without(call, frozenset())

    async def _show_without(self, call: Call, kept: frozenset[str]) -> Response:
        """Render the page, without the regions that the browser keeps."""
        if self.page is None:
            raise ConfigurationError(f"{self.pattern} has no page")
        status = 200 if call.submission is None else call.submission.status
        return await self.page.respond(call, self.surroundings.layouts, status, kept)


Found: TypeAlias = Match[Endpoint] | Malformed | None
"""What the route tree gives for a path."""


async def nothing_here(call: Call, surroundings: Chain, failure: Failure) -> Response:
    """Answer where no route is: as a page to a browser, as the wire shape to everyone else."""
    if wants_html(call):
        return await show_failure(failure, call, surroundings)
    return failure_response(failure, call)
