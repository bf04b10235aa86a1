"""Lua that runs on the server in one atomic step."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Script:
    """A script, known to the server by its SHA-1.

    Args:
        source: Lua. With `#!lua` as its first line a replica refuses it, so that nothing is read from an outdated copy.
        is_idempotent: running it twice is as good as once; then it is tried again when the connection breaks.
        is_vital: it is sent even while the server counts as down.
        is_of_one_life: its keys belong to this life of the server: after a restart, which may bring back an old
            snapshot, they name nothing.
    """

    source: str
    is_idempotent: bool = True
    is_vital: bool = False
    is_of_one_life: bool = False
    sha: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sha", hashlib.sha1(self.source.encode(), usedforsecurity=False).hexdigest())
