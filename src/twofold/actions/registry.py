"""The actions of this process, and how a URL names one."""

from __future__ import annotations

from urllib.parse import unquote

from twofold.registry import Registry

registry = Registry("action")


def find_action_id(query: str) -> str | None:
    """Give the action id in a query: the one part that starts with a slash and has no value, `?/app.actions.reserve`."""
    if "/" not in query:
        return None
    if query[0] == "/" and "&" not in query and "=" not in query and "%" not in query:  # nothing else is in it
        return query[1:]
    found = next((part[1:] for part in query.split("&") if part.startswith("/") and "=" not in part), None)
    return found if found is None or "%" not in found else unquote(found)


def without_action(query: str) -> str:
    """Give the page's own query, without the action id and the receipt."""
    return "&".join(part for part in query.split("&") if part and not part.startswith("/"))
