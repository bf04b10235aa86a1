"""Spans and metrics by OpenTelemetry, where the app or its environment sets it up; nothing at all where nobody does.

What is exported, and where to, is the business of the SDK that the app sets up. Names and attributes follow the semantic
conventions for HTTP servers; no query, no header and no value of a user is among them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import Any

from twofold.observing.exchanges import LISTENER, Exchange

__all__ = ["LISTENER", "exchange", "listen", "span"]

_PROVIDERS = frozenset({"OTEL_PYTHON_TRACER_PROVIDER", "OTEL_PYTHON_METER_PROVIDER"})
"""Source: the API of OpenTelemetry for Python, which loads the providers that these name when it is asked for one."""

_UNHEARD: AbstractContextManager[None] = nullcontext()


def listen() -> None:
    """Look whether an SDK is set up: what nobody hears of is not measured.

    An SDK is set up by code that imports OpenTelemetry, or by its environment: to import it for nobody would only cost time.
    """
    if "opentelemetry" in sys.modules or not _PROVIDERS.isdisjoint(os.environ):
        with suppress(ModuleNotFoundError):
            from twofold.observing import seen  # noqa: PLC0415  see above

            seen.listen()


def span(kind: str, name: str) -> AbstractContextManager[Any]:
    """Measure a block as a part of what is under way: `action shop.reserve`, `cached shop.level`, `region stock_table`.

    What the block raises is noted by its type alone: a message may hold what a user typed.
    """
    return LISTENER.measure(kind, name) if LISTENER.is_there else _UNHEARD


def exchange(method: str, headers: Sequence[tuple[bytes, bytes]]) -> AbstractContextManager[Exchange]:
    """Measure a request, as a part of the trace that its `traceparent` names."""
    return LISTENER.measure_exchange(method, headers) if LISTENER.is_there else nullcontext(Exchange(method))
