"""The actions of this process, by id. A request's id is looked up here and nowhere else: it never names a module to import."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from twofold.errors import ConfigurationError


class Registered(Protocol):
    """What the registry needs to know of an action."""

    id: str
    aliases: tuple[str, ...]
    place: str


class Registry:
    """Actions by id and alias."""

    def __init__(self) -> None:
        self._actions: dict[str, Any] = {}

    def add(self, action: Registered) -> None:
        """Register an action.

        Raises:
            ConfigurationError: another action has the id. The same definition again (a reloaded module) replaces itself.
        """
        for name in (action.id, *action.aliases):
            known = self._actions.get(name)
            if known is not None and known.place != action.place:
                raise ConfigurationError(f"{action.place}: the action id {name!r} is taken by {known.place}; rename one of them")
        for name in (action.id, *action.aliases):
            self._actions[name] = action

    def find(self, action_id: str) -> Any | None:
        """Give the action of an id or alias, or None."""
        return self._actions.get(action_id)

    def __iter__(self) -> Iterator[Any]:
        return iter(dict.fromkeys(self._actions.values()))


registry = Registry()


def find_action_id(query: str) -> str | None:
    """Give the action id in a query: the one part that starts with a slash and has no value, `?/app.actions.reserve`."""
    if "/" not in query:
        return None
    return next((part[1:] for part in query.split("&") if part.startswith("/") and "=" not in part), None)


def without_action(query: str) -> str:
    """Give the page's own query, without the action id and the receipt."""
    return "&".join(part for part in query.split("&") if part and not part.startswith("/"))
