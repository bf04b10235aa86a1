"""The tag cache: values of functions, kept until what they were computed from changes.

The promise: **a read that starts after a revalidation returned sees the write**, for any eviction, restart, clock and
computation in flight. `reading.py` says why it holds.

`revalidate_path(path)` makes the page at a path compute anew without recomputing shared functions for every page. A path has
no token until it is revalidated, and then constrains nothing. Once it has one, a read made while that page renders (and a read
inside such a read) accepts only values that carry the very same token, which a value gets by being computed after the token was
read. A new value carries the tokens of the paths that the value before it knew, up to 64 of them, so that two revalidated pages
can show the same function without taking turns in recomputing it. Reads outside that page never look at its token.

Values are stored as JSON by the declared type: nothing is pickled, and callers never share a mutable value.
"""

from __future__ import annotations

from twofold.cache.context import bypass, computing, current_path, current_store, rendering, set_default_store, use
from twofold.cache.freshness import Verdict, judge
from twofold.cache.functions import CachedFunction, cached
from twofold.cache.log import PATH_PREFIX, Change, MemoryLog, Sequence
from twofold.cache.memory import MemoryStore
from twofold.cache.recording import Recording, recording, recording_revalidations
from twofold.cache.revalidation import (
    Pending,
    collected,
    forbid_revalidation,
    revalidate_path,
    revalidate_tag,
    revalidation,
)
from twofold.cache.store import Clock, Entry, InvalidationUnconfirmed, Lookup, Reads, Store, Token, Versions
from twofold.cache.tags import TagTemplate, check_tag, compile_tags

__all__ = [
    "PATH_PREFIX",
    "CachedFunction",
    "Change",
    "Clock",
    "Entry",
    "InvalidationUnconfirmed",
    "Lookup",
    "MemoryLog",
    "MemoryStore",
    "Pending",
    "Reads",
    "Recording",
    "Sequence",
    "Store",
    "TagTemplate",
    "Token",
    "Verdict",
    "Versions",
    "bypass",
    "cached",
    "check_tag",
    "collected",
    "compile_tags",
    "computing",
    "current_path",
    "current_store",
    "forbid_revalidation",
    "judge",
    "recording",
    "recording_revalidations",
    "rendering",
    "revalidate_path",
    "revalidate_tag",
    "revalidation",
    "set_default_store",
    "use",
]
