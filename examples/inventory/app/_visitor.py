"""Who a browser's reservations belong to.

Not the session's own id: that one changes at sign-in, and a visitor who signs in keeps her reservations.
"""

from __future__ import annotations

import secrets

from twofold import session

NAME = "visitor"


def welcome() -> None:
    """Give a new visitor a name, which starts the session that her forms are bound to."""
    if NAME not in session:
        session[NAME] = secrets.token_urlsafe(16)


def owner() -> str:
    """Give the owner of the visitor's reservations."""
    return f"session:{session[NAME]}"
