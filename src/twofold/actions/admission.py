"""Who may call an action: a pure decision with a named reason."""

from __future__ import annotations

from enum import Enum
from string import ascii_letters, digits

from twofold.media import FORMS, is_json

CLIENT_HEADER = b"twofold-call"
"""Names the call's key. A page of another origin cannot send it without a preflight, which no action answers."""

SCHEMA_HEADER = b"twofold-schema"
"""Names the parameters for which a client was generated, so that an old one is told apart from wrong input."""

_KEY_CHARACTERS = ascii_letters + digits + "_-"


def is_call_key(text: str) -> bool:
    """Whether a text names a call: 16 to 64 of A-Z a-z 0-9 _ -."""
    # Stripping every legal character leaves something exactly when there is an illegal one.
    return 16 <= len(text) <= 64 and not text.strip(_KEY_CHARACTERS)


class Admission(Enum):
    """What to do with a call that passed the origin decision; the value is the reason."""

    FORM = "a form: its token decides"
    CLIENT = "the typed client, and the action is exported"
    UNKNOWN = "no such action"
    NOT_EXPORTED = "neither a form nor exported: it does not exist for this caller"
    MEDIA_TYPE = "the typed client, but neither JSON nor a form"

    @property
    def is_not_found(self) -> bool:
        """Whether the answer is the one for an action that does not exist."""
        return self in (Admission.UNKNOWN, Admission.NOT_EXPORTED)


def admit(*, is_known: bool, is_exported: bool, has_client_header: bool, has_page: bool, media: str) -> Admission:
    """Decide how a call may go on.

    Args:
        is_known: whether the id is an action's.
        has_page: whether a page is called, which may have rendered the form.
        media: the body's media type.
    """
    if not is_known:
        return Admission.UNKNOWN
    if media in FORMS and has_page:
        return Admission.FORM
    if not is_exported or not has_client_header:
        return Admission.NOT_EXPORTED
    return Admission.CLIENT if media in FORMS or is_json(media) else Admission.MEDIA_TYPE
