"""Somebody signs in or out.

model: server action
why: The caller is your page, the session belongs to it, and the cookie is set before the redirect.
cost: One POST and a redirect.
"""

from twofold import Redirect, ValidationFailed, action, limit, redirect, session


@action
@limit("5/minute")
async def sign_in(name: str, password: str) -> Redirect:
    """Let somebody in."""
    if (name, password) != ("ada", "lovelace"):  # think of a hash in a database
        raise ValidationFailed(fields={"password": ["Is not the one of this name"]})
    session["user"] = name
    return redirect("/")


@action(idempotent=True)
async def sign_out() -> Redirect:
    """Forget who it was."""
    session.clear()
    return redirect("/")
