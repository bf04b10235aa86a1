"""The descriptor of a region: what it is, what it depends on and how old it is, signed by the server."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from twofold.boundary import dumps, loads
from twofold.cache import Sequence
from twofold.call import Call
from twofold.errors import ConfigurationError, ValidationFailed
from twofold.signing import KeyRing

MAX_CHARACTERS = 8_192
REMEMBERED = 1_024
"""How many texts are kept with what they say: a page sends those of all its regions with every call."""

MAX_TAGS = 64
ANY_TAG = "*"
"""Stands for the tags of a region that reads more than `MAX_TAGS` of them."""

NO_TAG = "?"
"""Stands for the tags of a region that reads nothing with a tag: nobody knows what it depends on."""

DAY_SECONDS = 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class Descriptor:
    """One region of a rendered page.

    Args:
        key: the same for every rendering of the region with the same arguments.
        region: its id; empty for the page itself.
        arguments: as decoded JSON.
        tags: hashed.
        sequence: read from the log before the region's first read.
        within: key of the region around it; empty directly on the page.
        expires_at: in seconds since the epoch.
    """

    key: str
    region: str
    arguments: dict[str, Any]
    tags: tuple[str, ...]
    sequence: Sequence
    within: str = ""
    expires_at: int = 0

    def sign(self, call: Call) -> str:
        """Give the text that the page carries: the same for the same content on the same day.

        Raises:
            ConfigurationError: it is longer than any that is taken back.
        """
        # A session makes the descriptor its own: what one visitor's page lists is nobody else's to ask for.
        session = call.session.identity
        tree = {
            "k": self.key,
            "r": self.region,
            "p": self.arguments,
            "t": self.tags,
            "s": str(self.sequence),
            "w": self.within,
            "b": session is not None,
            "e": expiry(call),
        }
        payload = base64.b64encode(dumps(tree)).decode("ascii")
        text = f"{payload}.{_signature(call.setup.keys, _bound(payload, call.pattern, session))}"
        if len(text) > MAX_CHARACTERS:
            raise ConfigurationError(
                f"the arguments of the region {self.region} make a descriptor of {len(text)} characters, and"
                f" {MAX_CHARACTERS} are taken: take an id, and read the rest inside the region"
            )
        return text

    @classmethod
    def open(cls, text: object, call: Call, session: str | None) -> Descriptor | None:
        """Read a descriptor that a browser sent back; None for what is forged, expired, or another session's or route's.

        Args:
            session: the identity that the request came with: an action may have changed it since.
        """
        if not isinstance(text, str) or len(text) > MAX_CHARACTERS or not text.isascii():
            return None
        found = _verified(text, call.pattern, session, call.setup.keys)
        return found if found is not None and int(call.setup.clock()) < found.expires_at else None


@lru_cache(maxsize=REMEMBERED)
def _verified(text: str, pattern: str, session: str | None, keys: KeyRing) -> Descriptor | None:
    """Read what the server has signed, whether it has expired or not."""
    payload, _, mac = text.partition(".")
    tree = _tree(payload)
    if tree is None:
        return None
    bound = _bound(payload, pattern, session if tree.get("b") else None)
    if not any(hmac.compare_digest(mac, one) for one in keys.digests("region", bound)):
        return None
    # Only what the server signed is looked at from here on.
    sequence = Sequence.parse(tree["s"])
    if sequence is None:
        return None
    return Descriptor(tree["k"], tree["r"], tree["p"], tuple(tree["t"]), sequence, tree["w"], tree["e"])


def claimed_key(text: object) -> str | None:
    """Give the key that a refused descriptor claims, to tell its sender which one it was."""
    tree = _tree(text.partition(".")[0]) if isinstance(text, str) and len(text) <= MAX_CHARACTERS else None
    key = tree.get("k") if tree is not None else None
    return key if isinstance(key, str) and 0 < len(key) <= 16 else None


def expiry(call: Call) -> int:
    """Give the time when a descriptor expires: a whole day, so that equal regions have equal descriptors."""
    now = int(call.setup.clock())
    return (now // DAY_SECONDS + 1) * DAY_SECONDS + call.setup.settings.form_max_age_seconds


@lru_cache(maxsize=REMEMBERED)
def _signature(keys: KeyRing, bound: bytes) -> str:
    return keys.digest("region", bound)


@lru_cache(maxsize=REMEMBERED)
def tag_hash(keys: KeyRing, tag: str) -> str:
    """Give the name of a tag on the wire: nobody without the secret can tell which tag it is."""
    return keys.digest("tag", tag.encode())[:12]


@lru_cache(maxsize=REMEMBERED)
def known_hashes(keys: KeyRing, tag: str) -> list[str]:
    """Give the names of a tag under every secret: a page may have been rendered before the first one was put in front."""
    return [digest[:12] for digest in keys.digests("tag", tag.encode())]


def tag_hashes(keys: KeyRing, tags: Iterable[str]) -> tuple[str, ...]:
    """Give the names of a region's tags."""
    known = tuple(dict.fromkeys(tags))
    if len(known) > MAX_TAGS:
        return (ANY_TAG,)
    return tuple([tag_hash(keys, tag) for tag in known]) or (NO_TAG,)


def _tree(payload: str) -> dict[str, Any] | None:
    try:
        tree = loads(base64.b64decode(payload, validate=True))
    except (ValueError, ValidationFailed):
        return None
    return tree if isinstance(tree, dict) else None


def _bound(payload: str, pattern: str, session: str | None) -> bytes:
    return "\n".join([payload, pattern, session or ""]).encode()
