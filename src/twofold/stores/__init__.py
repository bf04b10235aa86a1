"""Where an app keeps what outlives a request: in the memory of its process, or on a server that all its processes share."""

from __future__ import annotations

from twofold.stores.choice import stores_for
from twofold.stores.stores import Stores

__all__ = ["Stores", "stores_for"]
