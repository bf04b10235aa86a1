"""Measuring with the API of OpenTelemetry; what is not sampled costs next to nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from opentelemetry import metrics, propagate, trace

from twofold.observing.exchanges import LISTENER, Exchange

# https://opentelemetry.io/docs/specs/semconv/http/http-metrics/#metric-httpserverrequestduration
_BOUNDARIES = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
_PROPAGATED = frozenset({b"traceparent", b"tracestate", b"baggage"})

_tracer = trace.get_tracer("twofold")
_duration = metrics.get_meter("twofold").create_histogram(
    "http.server.request.duration",
    unit="s",
    description="Duration of HTTP server requests",
    explicit_bucket_boundaries_advisory=_BOUNDARIES,
)


def listen() -> None:
    """Look whether an SDK is set up: what nobody hears of is not measured."""
    providers = trace.get_tracer_provider(), metrics.get_meter_provider()
    LISTENER.is_there = any(
        not type(one).__module__.startswith(("opentelemetry.trace", "opentelemetry.metrics")) for one in providers
    )
    LISTENER.measure, LISTENER.measure_exchange = _measured, _exchanged


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
def _exchanged(method: str, headers: Sequence[tuple[bytes, bytes]]) -> Iterator[Exchange]:
    carrier = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers if name in _PROPAGATED}
    seen = Exchange(method)
    attributes = seen.attributes
    started = time.perf_counter()
    with _tracer.start_as_current_span(
        method,
        context=propagate.extract(carrier),
        kind=trace.SpanKind.SERVER,
        record_exception=False,
        set_status_on_exception=False,
    ) as current:
        try:
            yield seen
        finally:
            current.update_name(f"{attributes['http.request.method']} {attributes.get('http.route', '')}".rstrip())
            current.set_attributes(attributes)
            if int(attributes.get("http.response.status_code", 500)) >= 500:
                current.set_status(trace.StatusCode.ERROR)
            _duration.record(time.perf_counter() - started, attributes)
