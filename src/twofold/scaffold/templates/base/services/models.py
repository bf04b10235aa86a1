"""What a note is, what may be written, and what is refused. Pages, programs and tests share it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, TypeAlias

from pydantic import Field
from twofold import ContractError

Name: TypeAlias = Annotated[str, Field(min_length=1, max_length=40)]
Text: TypeAlias = Annotated[str, Field(min_length=1, max_length=280)]


@dataclass(frozen=True, slots=True)
class Note:
    """A note on the wall."""

    name: Name
    text: Text
    written_at: datetime


class AlreadySaid(ContractError, code="ALREADY_SAID", status=409, message="That is on the wall already"):
    """The same name has left the same words before."""
