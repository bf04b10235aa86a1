"""Spans and metrics by OpenTelemetry, where its API is installed; nothing at all where it is not.

What is exported, and where to, is the business of the SDK that the app sets up. Names and attributes follow the semantic
conventions for HTTP servers; no query, no header and no value of a user is among them.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

try:
    from opentelemetry import metrics, propagate, trace
except ModuleNotFoundError:
    IS_OBSERVED = False
else:
    IS_OBSERVED = True
    _tracer = trace.get_tracer("twofold")
    # https://opentelemetry.io/docs/specs/semconv/http/http-metrics/#metric-httpserverrequestduration
    _BOUNDARIES = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
    _duration = metrics.get_meter("twofold").create_histogram(
        "http.server.request.duration",
        unit="s",
        description="Duration of HTTP server requests",
        explicit_bucket_boundaries_advisory=_BOUNDARIES,
    )

_UNSEEN: AbstractContextManager[None] = nullcontext()


KNOWN_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"})
"""All others count as one, so that a client cannot make up series of measurements."""


class Exchange:
    """A request under way. Its route is a pattern of the app, never a path: there are only so many of them."""

    def __init__(self, method: str) -> None:
        self.attributes: dict[str, str | int] = {"http.request.method": method if method in KNOWN_METHODS else "_OTHER"}

    def answered(self, route: str, status: int) -> None:
        """Say which route answered, if any, and how."""
        if route:
            self.attributes["http.route"] = route
        self.attributes["http.response.status_code"] = status


def span(kind: str, name: str) -> AbstractContextManager[Any]:
    """Measure a block as a part of what is under way: `action shop.reserve`, `cached shop.level`, `region stock_table`.

    What the block raises is noted by its type alone: a message may hold what a user typed.
    """
    return _measured(kind, name) if IS_OBSERVED else _UNSEEN


def exchange(method: str, headers: Sequence[tuple[bytes, bytes]]) -> AbstractContextManager[Exchange | None]:
    """Measure a request, as a part of the trace that its `traceparent` names."""
    return _exchange(method, headers) if IS_OBSERVED else _UNSEEN


@contextmanager
def _measured(kind: str, name: str) -> Iterator[None]:
    with _tracer.start_as_current_span(
        f"{kind} {name}", attributes={f"twofold.{kind}": name}, record_exception=False, set_status_on_exception=False
    ) as current:
        try:
            yield
        except Exception as error:
            current.set_attribute("error.type", type(error).__qualname__)
            raise


@contextmanager
def _exchange(method: str, headers: Sequence[tuple[bytes, bytes]]) -> Iterator[Exchange]:
    carrier = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers if name in _PROPAGATED}
    exchange = Exchange(method)
    attributes = exchange.attributes
    started = time.perf_counter()
    with _tracer.start_as_current_span(
        method,
        context=propagate.extract(carrier),
        kind=trace.SpanKind.SERVER,
        record_exception=False,
        set_status_on_exception=False,
    ) as current:
        try:
            yield exchange
        finally:
            current.update_name(f"{attributes['http.request.method']} {attributes.get('http.route', '')}".rstrip())
            current.set_attributes(attributes)
            if int(attributes.get("http.response.status_code", 500)) >= 500:
                current.set_status(trace.StatusCode.ERROR)
            _duration.record(time.perf_counter() - started, attributes)


_PROPAGATED = frozenset({b"traceparent", b"tracestate", b"baggage"})
