"""What browsers name by id. An id is looked up in a registry and nowhere else: it never names a module to import."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from twofold.errors import ConfigurationError


class Registered(Protocol):
    """What a registry needs to know of its members."""

    id: str
    aliases: tuple[str, ...]
    place: str


class Registry:
    """The members of this process, by id and alias.

    Args:
        what: they are, for messages.
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._members: dict[str, Any] = {}

    def add(self, member: Registered) -> None:
        """Register a member.

        Raises:
            ConfigurationError: another one has the id. The same definition again (a reloaded module) replaces itself.
        """
        for name in (member.id, *member.aliases):
            known = self._members.get(name)
            if known is not None and known.place != member.place:
                raise ConfigurationError(
                    f"{member.place}: the {self._what} id {name!r} is taken by {known.place}; rename one of them"
                )
        for name in (member.id, *member.aliases):
            self._members[name] = member

    def find(self, member_id: str) -> Any | None:
        """Give the member of an id or alias, or None."""
        return self._members.get(member_id)

    def __iter__(self) -> Iterator[Any]:
        return iter(dict.fromkeys(self._members.values()))
