"""An entry as bytes: one line of JSON that says what it was computed under, then the value as it is."""

from __future__ import annotations

import json

from twofold.cache.store import Entry


def encode(entry: Entry, stale_seconds: float | None) -> bytes:
    """Give the bytes of an entry.

    Args:
        stale_seconds: the part at the end of its life in which it is stale; None for an entry that stays fresh.
    """
    head = {
        "epoch": entry.epoch.hex(),
        "tags": entry.tags,
        "tokens": [token.hex() for token in entry.tokens],
        "inherited": [(tag, token.hex()) for tag, token in entry.inherited],
        "guards": {path: token.hex() for path, token in entry.guards.items()},
        "stale": stale_seconds,
    }
    return json.dumps(head, separators=(",", ":")).encode() + b"\n" + entry.value


def decode(encoded: bytes) -> tuple[Entry, float | None]:
    """Give the entry of bytes that `encode` made, and its stale time."""
    line, _, value = encoded.partition(b"\n")
    head = json.loads(line)
    entry = Entry(
        value,
        bytes.fromhex(head["epoch"]),
        tuple(head["tags"]),
        tuple(map(bytes.fromhex, head["tokens"])),
        tuple((tag, bytes.fromhex(token)) for tag, token in head["inherited"]),
        {path: bytes.fromhex(token) for path, token in head["guards"].items()},
    )
    return entry, head["stale"]
