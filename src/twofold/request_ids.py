"""The name of a request, by which its lines in the log are found: ours, unless a trusted proxy has given it one."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from typing import Final

from twofold.randomness import random_text

HEADER: Final = b"x-request-id"

current_request_id: ContextVar[str] = ContextVar("twofold.request_id", default="")
"""Of the request that is being answered; empty outside of one."""

_ALLOWED: Final = re.compile(rb"[A-Za-z0-9_-]{1,64}")


def new_request_id() -> str:
    """Make one that nobody has had: 16 characters with 96 random bits."""
    return random_text(12)


def identify(sent: Sequence[bytes], *, is_trusted: bool, make: Callable[[], str] = new_request_id) -> str:
    """Give the request's name.

    Args:
        sent: every `X-Request-Id` that came with the request.
        is_trusted: whether it came from a trusted proxy. What anyone else sends could be the name of another request.
    """
    # Safe because these characters mean nothing to a terminal, a log or a header.
    if is_trusted and len(sent) == 1 and _ALLOWED.fullmatch(sent[0]):
        return sent[0].decode("ascii")
    return make()
