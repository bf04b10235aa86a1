"""The door to whatever keeps cached values and the versions that decide whether they are fresh.

    read         one round trip: the entry, the epoch, the tokens of the tags, the token of the page's path
    mint         one atomic step per token, BEFORE computing: the tokens that exist, new random ones where a tag has none
    write        the entry with the tokens it was computed under
    invalidate   one atomic step: a new random token for every tag and path, and a line in the log; returns when acknowledged
    lead         of all processes that miss the same value, one computes it
    sequence     the place of the last invalidation in the log, which says what a page may have missed

Tokens are random, never counters and never times: a token that was lost can not come back. A tag without a token makes
its entries miss, so a store may lose a tag's token at any moment. A path without a token constrains nothing, so a store
that loses the token of a path must replace the epoch in the same step: every entry carries the epoch it was computed in.
A store over a server keeps the epoch and the tokens of paths in one hash, which is lost as a whole or not at all.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Mapping
from collections.abc import Sequence as Several
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, TypeAlias

from twofold.cache.log import Change, Sequence
from twofold.errors import StoreUnavailable

Token: TypeAlias = bytes
"""128 random bits."""

Clock: TypeAlias = Callable[[], float]
"""Seconds from any start; only differences count."""

NO_GUARDS: Mapping[str, Token] = {}


class InvalidationUnconfirmed(StoreUnavailable):
    """Report an invalidation that the store did not acknowledge: old values may be served until it happens.

    Attributes:
        tags, paths: what was to be revalidated; doing it again is safe.
    """

    def __init__(self, tags: Several[str], paths: Several[str]) -> None:
        self.tags = tuple(tags)
        self.paths = tuple(paths)
        super().__init__(f"The cache did not confirm the revalidation of {', '.join([*tags, *paths])}")


@dataclass(frozen=True, slots=True)
class Entry:
    """A value and what it was computed under, read before computing.

    Attributes:
        value: JSON by the declared type.
        tags, tokens: the function's own tags for these arguments, and their tokens in the same order.
        inherited: tags and tokens of the cached functions that the computation called.
        guards: tokens by path, of those pages whose revalidation this value is known to be newer than.
    """

    value: bytes
    epoch: Token
    tags: tuple[str, ...] = ()
    tokens: tuple[Token, ...] = ()
    inherited: tuple[tuple[str, Token], ...] = ()
    guards: Mapping[str, Token] = field(default_factory=dict)

    @property
    def inherited_tags(self) -> tuple[str, ...]:
        """The tags of `inherited`."""
        return tuple(tag for tag, _ in self.inherited)

    @property
    def inherited_tokens(self) -> tuple[Token, ...]:
        """The tokens of `inherited`."""
        return tuple(token for _, token in self.inherited)


class Lookup(NamedTuple):
    """What one read found.

    Attributes:
        fresh_seconds: how long the entry stays fresh; None for ever; zero or less within its stale time.
        tokens: of the tags asked for, in their order; None for a tag without one.
        guard: the token of the path asked for, or None.
    """

    entry: Entry | None
    fresh_seconds: float | None
    epoch: Token | None
    tokens: tuple[Token | None, ...]
    guard: Token | None


class Versions(NamedTuple):
    """What a value will be computed under.

    Attributes:
        tokens: of the tags asked for, in their order.
        guards: the tokens of those paths asked for that have one.
    """

    epoch: Token
    tokens: tuple[Token, ...]
    guards: Mapping[str, Token]


class Reads(Protocol):
    """What a reader asks before it computes. Every method raises `StoreUnavailable` when the backend cannot answer."""

    async def read(self, key: bytes, tags: tuple[str, ...], path: str | None) -> Lookup:
        """Give the entry of a key and the versions that decide about it, in one round trip.

        Args:
            path: of the page being rendered, if there is one.
        """
        ...

    async def versions(self, tags: tuple[str, ...]) -> tuple[Token | None, ...]:
        """Give the tokens of tags, in their order."""
        ...


class Store(Reads, Protocol):
    """Keep values and versions. Every method raises `StoreUnavailable` when the backend cannot answer.

    A store logs an outage once, when it begins: a reader that computes without its store says nothing.
    """

    @property
    def clock(self) -> Clock:
        """The clock that computations are timed with."""
        ...

    def near(self, max_staleness_seconds: float) -> Reads:
        """Give what answers reads from a copy in this process that lags behind by no more; the store, where it needs none."""
        ...

    async def mint(self, tags: tuple[str, ...], paths: Collection[str]) -> Versions:
        """Give the tokens of tags and the epoch, made where missing, and the tokens of paths, never made here."""
        ...

    async def write(self, key: bytes, entry: Entry, *, fresh_seconds: float | None, stale_seconds: float) -> None:
        """Keep an entry for its fresh and its stale time.

        Writing an entry whose versions are outdated is safe, because it never matches; a store may leave it out.
        """
        ...

    async def lead(self, name: bytes, *, lease_seconds: float) -> bool:
        """Tell one process that it is the one to compute what `name` stands for; the others not, until it is done.

        Args:
            lease_seconds: after which another one is told so, when the first has crashed.
        """
        ...

    async def lead_ends(self, name: bytes) -> None:
        """Let another process compute, when this one was told to."""
        ...

    async def invalidate(self, tags: Collection[str], paths: Collection[str]) -> None:
        """Replace the tokens of tags and paths, all or none, and return when that is acknowledged."""
        ...

    async def sequence(self) -> Sequence:
        """Give the place of the last invalidation in the log: what is read from here on is no older than it."""
        ...

    async def changes(self, since: Sequence) -> tuple[Change, ...] | None:
        """Give what was invalidated after a place in the log; None when that is no longer known."""
        ...

    async def changed_tags(self, since: Sequence) -> Collection[str] | None:
        """Give each tag of `changes` once."""
        ...

    def follow(self, after: Sequence) -> AsyncIterator[Change | None]:
        """Give each invalidation after a place in the log as it happens; None where some of them are no longer known."""
        ...
