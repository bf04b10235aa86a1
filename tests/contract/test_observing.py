"""Spans and metrics: what an OpenTelemetry SDK gets to see, and that it is nothing without the API."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from markupsafe import Markup
from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from twofold import App, Conflict, Settings, action, cached, region
from twofold.testing import Client

PROVIDER = "OTEL_PYTHON_TRACER_PROVIDER"
EXPORTER = InMemorySpanExporter()
METRICS = InMemoryMetricReader()


@pytest.fixture(scope="module", autouse=True)
def sdk() -> None:
    """Set up the SDK as an app does; it can be done once in a process."""
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(EXPORTER))
    trace.set_tracer_provider(provider)
    metrics.set_meter_provider(MeterProvider([METRICS]))


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    EXPORTER.clear()
    yield EXPORTER
    EXPORTER.clear()


@cached(ttl=60)
async def level(sku: str) -> int:
    return len(sku)


@region
async def stock() -> Markup:
    return Markup("<p>{}</p>").format(await level("secret-sku"))


@action(export=True, errors=[Conflict])
async def reserve(sku: str) -> int:
    if sku == "none":
        raise Conflict("secret message")
    return await level(sku)


def shop() -> App:
    app = App(settings=Settings(mode="test"))

    @app.page("/products/{sku}")
    async def product(sku: str) -> Markup:
        return Markup("<!doctype html><title>P</title>{}").format(await stock())

    @app.get("/broken")
    async def broken() -> None:
        raise RuntimeError("secret message")

    return app


def tree(spans: InMemorySpanExporter) -> dict[str, str]:
    """Give each span's name and that of the one around it."""
    finished = spans.get_finished_spans()
    names = {one.context.span_id: one.name for one in finished if one.context is not None}
    return {one.name: names.get(one.parent.span_id, "outside") if one.parent is not None else "" for one in finished}


async def test_a_request_is_a_span_with_its_parts_inside(spans: InMemorySpanExporter) -> None:
    async with Client(shop()) as client:
        await client.page("/products/A-1?token=secret")
    assert tree(spans) == {
        "GET /products/{sku}": "",
        f"region {__name__}.stock": "GET /products/{sku}",
        f"cached {__name__}.level": f"region {__name__}.stock",
    }
    server = one(spans, "GET /products/{sku}")
    assert server.attributes == {
        "http.request.method": "GET",
        "http.route": "/products/{sku}",
        "http.response.status_code": 200,
    }
    assert server.kind is trace.SpanKind.SERVER


async def test_an_action_is_a_span_and_its_failure_is_told_by_type_alone(spans: InMemorySpanExporter) -> None:
    async with Client(shop()) as client:
        await client.call(reserve, "A-1")
        with pytest.raises(Conflict):
            await client.call(reserve, "none")
    failed = [one for one in spans.get_finished_spans() if one.name == f"action {__name__}.reserve"][-1]
    assert failed.attributes == {"twofold.action": f"{__name__}.reserve", "error.type": "Conflict"}
    assert "secret" not in " ".join(one.to_json() for one in spans.get_finished_spans())


async def test_a_failure_of_the_server_is_an_error(spans: InMemorySpanExporter) -> None:
    async with Client(shop()) as client:
        await client.get("/broken")
    assert one(spans, "GET /broken").status.status_code is trace.StatusCode.ERROR
    assert "secret" not in one(spans, "GET /broken").to_json()


async def test_a_trace_goes_on_from_who_called(spans: InMemorySpanExporter) -> None:
    async with Client(shop()) as client:
        await client.get("/broken", headers={"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"})
        await client.get("/broken", headers={"traceparent": "nonsense \x01"})
    first, second = spans.get_finished_spans()
    assert first.context is not None
    assert second.context is not None
    assert f"{first.context.trace_id:032x}" == "0af7651916cd43dd8448eb211c80319c"
    assert second.parent is None


async def test_the_duration_is_measured_by_route_and_never_by_path(spans: InMemorySpanExporter) -> None:
    async with Client(shop()) as client:
        for path in ("/products/A", "/products/B", "/nowhere/1", "/nowhere/2"):
            await client.get(path)
        await client.request("BREW", "/broken")
    data = METRICS.get_metrics_data()
    assert data is not None
    (metric,) = [one for found in data.resource_metrics for scope in found.scope_metrics for one in scope.metrics]
    assert metric.name == "http.server.request.duration"
    seen = [dict(point.attributes or {}) for point in metric.data.data_points]
    assert {one.get("http.route") for one in seen} <= {"/products/{sku}", "/broken", None}
    assert {one["http.request.method"] for one in seen} <= {"GET", "POST", "_OTHER"}


def one(spans: InMemorySpanExporter, name: str) -> ReadableSpan:
    (found,) = [one for one in spans.get_finished_spans() if one.name == name]
    return found


def test_without_the_api_nothing_is_measured_and_nothing_breaks() -> None:
    program = """
import sys
sys.modules["opentelemetry"] = None
from twofold import observing
observing.listen()
assert not observing.LISTENER.is_there
with observing.span("action", "a") as found, observing.exchange("GET", []) as seen:
    assert found is None
    seen.answered("/", 200)
assert observing.span("a", "b") is observing.span("c", "d")
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_without_an_sdk_nothing_is_measured() -> None:
    program = """
import opentelemetry.trace
from twofold import observing
observing.listen()
assert not observing.LISTENER.is_there
assert observing.span("a", "b") is observing.span("c", "d")
"""
    subprocess.run([sys.executable, "-c", program], check=True)


UNASKED = """
import sys
from twofold import App, Settings
App(settings=Settings(mode="test")).start()
from twofold import observing
print("opentelemetry" in sys.modules, observing.LISTENER.is_there)
"""


@pytest.mark.parametrize(("environment", "expected"), [({}, "False False"), ({PROVIDER: "sdk_tracer_provider"}, "True True")])
def test_the_api_is_loaded_where_somebody_may_listen(environment: dict[str, str], expected: str) -> None:
    environ = {**{name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}, **environment}
    run = subprocess.run([sys.executable, "-c", UNASKED], capture_output=True, text=True, check=True, env=environ)
    assert run.stdout.strip() == expected
