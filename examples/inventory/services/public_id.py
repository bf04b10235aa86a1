"""Ids that the public sees and nobody can guess."""

from __future__ import annotations

import base64
import secrets

RANDOM_BYTES = 10
"""80 bits: base32 turns them into 16 characters without padding."""


def new_reservation_id() -> str:
    """Make an id such as `r_mfrggzdfmztwq2lk`."""
    return f"r_{_random_characters()}"


def new_event_id() -> str:
    """Make an id such as `evt_mfrggzdfmztwq2lk`."""
    return f"evt_{_random_characters()}"


def _random_characters() -> str:
    return base64.b32encode(secrets.token_bytes(RANDOM_BYTES)).decode("ascii").lower()
