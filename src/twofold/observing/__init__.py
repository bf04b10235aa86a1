"""Spans and metrics by OpenTelemetry, where its API is installed; nothing at all where it is not.

What is exported, and where to, is the business of the SDK that the app sets up. Names and attributes follow the semantic
conventions for HTTP servers; no query, no header and no value of a user is among them.
"""

from __future__ import annotations

from twofold.observing.exchanges import LISTENER

try:
    from twofold.observing.seen import exchange, listen, span
except ModuleNotFoundError:
    from twofold.observing.unseen import exchange, listen, span

__all__ = ["LISTENER", "exchange", "listen", "span"]
