"""Whether a stored value may be served: pure decisions with a named reason."""

from __future__ import annotations

from enum import Enum
from typing import Final

from twofold.cache.store import Entry, Lookup, Token


class Verdict(Enum):
    """What to do with what a read found, and why."""

    FRESH = "fresh"
    EXPIRED = "its time is over, its tags are current: serve it and compute a new one"
    ABSENT = "nothing is stored"
    FORGOTTEN = "the store has lost its memory since"
    REVALIDATED = "a tag was revalidated since, or its token is lost"
    PATH_REVALIDATED = "the page's path was revalidated since"

    @property
    def is_served(self) -> bool:
        """Whether the stored value answers the read."""
        return self is Verdict.FRESH or self is Verdict.EXPIRED


FRESH: Final = Verdict.FRESH  # to ask an enumeration for a member takes as long as the rest of the decision


def judge(lookup: Lookup, path: str | None) -> Verdict:
    """Decide about an entry by its own tags, the page's path and its age.

    Args:
        path: of the page being rendered, whose token `lookup.guard` is.
    """
    entry = lookup.entry
    if entry is None:
        return Verdict.ABSENT
    if entry.epoch != lookup.epoch:
        return Verdict.FORGOTTEN
    if entry.tokens != lookup.tokens:
        return Verdict.REVALIDATED
    if lookup.guard is not None and (path is None or entry.guards.get(path) != lookup.guard):
        return Verdict.PATH_REVALIDATED
    # Only time is left: a value whose tags were revalidated is never served, however young it is.
    if lookup.fresh_seconds is not None and lookup.fresh_seconds <= 0:
        return Verdict.EXPIRED
    return FRESH


def judge_inherited(verdict: Verdict, entry: Entry, tokens: tuple[Token | None, ...]) -> Verdict:
    """Decide again, about an entry that was served, by the tags of the cached functions it was computed from."""
    return verdict if entry.inherited_tokens == tokens else Verdict.REVALIDATED
