"""Events as they stand on the wire: a place in the log and names of tags, never what changed.

Source: WHATWG HTML, section "Server-sent events".
"""

from __future__ import annotations

from collections.abc import Iterable

from twofold.boundary import dumps
from twofold.cache import Sequence

KEEP_ALIVE = b": keep-alive\n\n"


def changed(sequence: Sequence, names: Iterable[str]) -> bytes:
    """Tell which tags were revalidated up to a place in the log."""
    return b"id: %b\ndata: %b\n\n" % (_text(sequence), dumps(list(names)))


def resync(sequence: Sequence) -> bytes:
    """Tell that nobody knows which tags were revalidated: all that is shown may be older than this place."""
    return b"event: resync\nid: %b\ndata: []\n\n" % _text(sequence)


def here(sequence: Sequence) -> bytes:
    """Tell the place, and nothing else: a reader that is cut off resumes from it, and no event is fired."""
    return b"id: %b\n\n" % _text(sequence)


def _text(sequence: Sequence) -> bytes:
    return str(sequence).encode("ascii")
