from __future__ import annotations

from typing import Annotated

from annotated_types import MaxLen, MinLen

from app import _admin
from composition import ENVIRONMENT
from twofold import Redirect, Secret, ValidationFailed, action, redirect


@action(idempotent=True)
async def sign_in(token: Annotated[str, Secret, MinLen(1), MaxLen(200)]) -> Redirect:
    """Enter the stock room."""
    if not ENVIRONMENT.is_admin_token(token):
        raise ValidationFailed("You are not signed in", fields={"token": ["This is not the admin token"]})
    _admin.admit()
    return redirect("/admin")
