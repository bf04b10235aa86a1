"""Who may enter the stock room: whoever showed the admin token, until she signs out.

Honest for a demonstration, and no more: one token for all, no attempts counted, and the proof is in the sealed session
cookie, so that a copied cookie works until it expires.
"""

from __future__ import annotations

from twofold import session

NAME = "is_admin"


def is_admin() -> bool:
    """Tell whether the visitor has signed in."""
    return session.get(NAME) is True


def admit() -> None:
    """Sign the visitor in. The session gets a new id, so that one planted before is worth nothing."""
    session[NAME] = True
    session.renew()


def dismiss() -> None:
    """Sign the visitor out."""
    if NAME in session:
        del session[NAME]
    session.renew()
