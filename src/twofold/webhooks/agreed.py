"""What the two sides have agreed on, checked when the app is imported."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from twofold.errors import ConfigurationError

MINIMUM_SECRET_BYTES: Final = 16
TOLERANCE_SECONDS: Final = 300
"""How old or how early a signed time may be, unless told otherwise."""

_NAME_CHARACTERS: Final = "abcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~"


def checked_texts(secret: str | Sequence[str], place: str) -> tuple[str, ...]:
    """Give the secrets, of which there has to be one.

    Args:
        secret: one, or several while they rotate.
        place: what they are for, as the message names it.
    """
    listed: Sequence[object] = (secret,) if isinstance(secret, str) or not isinstance(secret, Sequence) else secret
    if not listed or not all(isinstance(one, str) and one for one in listed):
        raise ConfigurationError(f"the secret for {place} is missing; pass a text, or a list of texts. Is its variable set?")
    return tuple(str(one) for one in listed)


def checked_lengths(keys: Sequence[bytes], place: str) -> tuple[bytes, ...]:
    """Give the keys, none of which can be guessed."""
    if any(len(one) < MINIMUM_SECRET_BYTES for one in keys):
        raise ConfigurationError(
            f"a secret for {place} has fewer than {MINIMUM_SECRET_BYTES} bytes and could be guessed; agree on a longer one"
        )
    return tuple(keys)


def checked_secrets(secret: str | Sequence[str], place: str) -> tuple[bytes, ...]:
    """Give the keys of schemes that use a secret as it is written."""
    return checked_lengths([one.encode("utf-8", "surrogateescape") for one in checked_texts(secret, place)], place)


def checked_tolerance(tolerance_seconds: float, place: str) -> float:
    """Give how far a signed time may be off."""
    is_number = isinstance(tolerance_seconds, int | float) and not isinstance(tolerance_seconds, bool)
    if not is_number or not math.isfinite(tolerance_seconds) or tolerance_seconds <= 0:
        raise ConfigurationError(f"{place}(tolerance_seconds={tolerance_seconds!r}): write seconds above zero, such as 300")
    return tolerance_seconds


def checked_name(header: str) -> str:
    """Give a header's name in lower case."""
    name = header.lower()
    if not name or name.strip(_NAME_CHARACTERS):
        raise ConfigurationError(f'{header!r} is not a header name; write it like "x-payment-signature"')
    return name


def checked_prefix(prefix: str) -> str:
    """Give what stands before a signature."""
    if not prefix.isascii() or not prefix.isprintable() or prefix != prefix.strip():
        raise ConfigurationError(f'the prefix {prefix!r} cannot stand in a header; write it like "sha256="')
    return prefix
