"""The capability to call an action: a sealed token that only a form rendered by this app carries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from twofold.boundary import dumps, loads
from twofold.errors import Failure, NotFound, Stale
from twofold.randomness import random_text
from twofold.signing import InvalidToken, KeyRing

PURPOSE = "form"
FIELD = "_tf"
"""The hidden field that carries the token."""


def is_reserved(name: str) -> bool:
    """Whether a form's field is the framework's own."""
    return name.startswith(FIELD)


def new_call_key() -> str:
    """Make a call key: 128 random bits, one for each logical submission."""
    return random_text(16)


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """What a form's token says.

    Args:
        bound: arguments that the page fixed, as decoded JSON; sealed, so that nobody reads or changes them.
        schema: hash of the action's parameters when the page was rendered.
        instance: which of several forms for one action this is.
        session: identity of the session for which the page was rendered, where there was one.
    """

    key: str = field(default_factory=new_call_key)
    bound: Mapping[str, Any]
    schema: str
    instance: str
    session: str | None = None

    def seal(self, keys: KeyRing, context: str, expires_at: int) -> str:
        """Give the token.

        Args:
            context: what the token is good for: see `context_of`.
            expires_at: in seconds since the epoch.
        """
        said = {name: getattr(self, name) for name in self.__slots__}
        return keys.seal(PURPOSE, dumps(said), context=context, expires_at=expires_at)


def context_of(action_id: str, pattern: str) -> str:
    """Give what a token is bound to: one action, at the route whose page rendered it.

    The route counts because its middleware guards the page: a token from `/admin` must not work at `/`.
    """
    return f"{action_id}\n{pattern}"


def open_capability(keys: KeyRing, token: str, context: str, now: int) -> tuple[Capability, Failure | None]:
    """Open a form's token.

    Returns:
        What it says, and a `Stale` where it is authentic but too old.

    Raises:
        NotFound: it is no token of ours for this action here: the action does not exist for its sender.
    """
    try:
        return _parsed(keys.open(PURPOSE, token, context=context, now=now)), None
    except InvalidToken as error:
        if error.payload is None:
            raise NotFound from None
        return _parsed(error.payload), Stale(details=error.reason)


def _parsed(payload: bytes) -> Capability:
    return Capability(**loads(payload))
