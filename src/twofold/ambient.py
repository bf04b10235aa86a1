"""What user code reaches while a request is handled, without being handed it: `from twofold import cookies, session`.

Each of these asks for the current call when it is used, so that a component deep inside a page needs no argument for it.
Inside a cached function they refuse: the value would be served to other visitors.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal

from twofold.call import Call, current
from twofold.errors import ConfigurationError
from twofold.sessions import SessionState


def _unanswered(what: str) -> Call:
    """Give the call, unless its headers have left: what is set then would be lost without a word."""
    call = current(what)
    if call.is_answered:
        raise ConfigurationError(
            f"{what} came after the answer's headers had left; do it before the response, not in a stream or after()"
        )
    return call


class _Cookies:
    """The visitor's cookies; a write is seen by later reads and leaves with the response, redirects included."""

    def get(self, name: str, default: str | None = None) -> str | None:
        """Give a cookie's value."""
        return current("cookies").cookies.get(name, default)

    def __getitem__(self, name: str) -> str:
        return current("cookies").cookies[name]

    def __contains__(self, name: object) -> bool:
        return name in current("cookies").cookies

    def set(
        self,
        name: str,
        value: str,
        *,
        max_age_seconds: int | None = None,
        path: str = "/",
        domain: str | None = None,
        http_only: bool = True,
        same_site: Literal["lax", "strict", "none"] = "lax",
    ) -> None:
        """Set a cookie: Secure (except in development over http), HttpOnly and SameSite=Lax unless told otherwise."""
        _unanswered("cookies.set()").cookies.set(
            name, value, max_age_seconds=max_age_seconds, path=path, domain=domain, http_only=http_only, same_site=same_site
        )

    def delete(self, name: str, *, path: str = "/", domain: str | None = None) -> None:
        """Delete a cookie; path and domain must be those it was set with."""
        _unanswered("cookies.delete()").cookies.delete(name, path=path, domain=domain)


class _Headers(Mapping[str, str]):
    """The request's headers by name, in any case; read-only."""

    def __getitem__(self, name: str) -> str:
        return current("headers").headers[name]

    def __iter__(self) -> Any:
        return iter(current("headers").headers)

    def __len__(self) -> int:
        return len(current("headers").headers)


class _Session:
    """The visitor's session: small JSON values in a sealed cookie.

    `session["cart"] = "c1"`, `session.get("cart")`, `del session["cart"]`, `session.id`, `session.renew()`.
    """

    @property
    def _state(self) -> SessionState:
        call = current("session")
        call.check_session_origin()
        return call.session

    def get(self, name: str, default: Any = None) -> Any:
        """Give a value, or the default."""
        return self._state.get(name, default)

    def __getitem__(self, name: str) -> Any:
        return self._state[name]

    def __setitem__(self, name: str, value: Any) -> None:
        _unanswered("a change of the session")
        self._state[name] = value

    def __delitem__(self, name: str) -> None:
        _unanswered("a change of the session")
        del self._state[name]

    def __contains__(self, name: object) -> bool:
        return name in self._state

    @property
    def id(self) -> str:
        """The session's identity: 128 random bits; asking for it starts a session where there is none."""
        return self._state.start()

    def renew(self) -> str:
        """Change the identity and keep the values: call it at sign-in, so that a planted session is worth nothing."""
        _unanswered("session.renew()")
        return self._state.renew()

    def clear(self) -> None:
        """End the session: forget values and identity."""
        _unanswered("session.clear()")
        self._state.clear()


cookies = _Cookies()
headers = _Headers()
session = _Session()


def url_for(function: Callable[..., Any], /, **parameters: object) -> str:
    """Give the URL of a page or route handler of the app that handles this call; see `App.url_for`."""
    return current("url_for()").setup.url_for(function, **parameters)


def call_key() -> str | None:
    """Give the name of this call of an action, the same for every retry of it; None where duplicates are not told apart.

    Keep it in the transaction of the effect, and a crash between the commit and the answer cannot make a retry run twice.
    Send a key derived from it to whoever else must act once, such as a payment provider.
    """
    return current("call_key()").key


def after(function: Callable[..., Awaitable[Any] | Any], /, *args: Any, **kwargs: Any) -> None:
    """Run a function once the response has been sent, also when the call failed; its errors are logged."""
    current("after()").put_off((function, args, kwargs))
