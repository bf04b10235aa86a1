"""What time it is, as an argument, so that a test can say so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias

Clock: TypeAlias = Callable[[], datetime]
"""Gives the present instant, aware and in UTC."""


def utc_now() -> datetime:
    """Give the present instant in UTC."""
    return datetime.now(UTC)
