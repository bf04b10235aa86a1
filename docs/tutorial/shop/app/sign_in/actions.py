from __future__ import annotations

from hmac import compare_digest
from typing import Annotated

from twofold import Redirect, Secret, ValidationFailed, action, redirect, session

from environment import STAFF_PASSWORD


@action(idempotent=True)
async def sign_in(password: Annotated[str, Secret]) -> Redirect:
    """Let somebody in who knows the password."""
    if not compare_digest(password.encode(), STAFF_PASSWORD.encode()):
        raise ValidationFailed(fields={"password": ["This is not the password"]})
    session["is_staff"] = True
    session.renew()
    return redirect("/staff")
