"""Ids that the public sees and nobody can guess."""

from __future__ import annotations

import base64
import secrets

RANDOM_BYTES = 10
"""80 bits: base32 turns them into 16 characters without padding."""


def new_id(prefix: str) -> str:
    """Make an id such as `r_mfrggzdfmztwq2lk`."""
    return prefix + base64.b32encode(secrets.token_bytes(RANDOM_BYTES)).decode("ascii").lower()
