"""The last submission of a form, as the page that shows it again sees it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from twofold.actions.capability import is_reserved
from twofold.boundary import Arguments, dumps
from twofold.errors import Failure, wire


@dataclass(slots=True)
class Submission:
    """What was sent, and what it came to.

    Args:
        values: the texts of each field, as sent; uploads are not kept.
        data: the result as JSON text, after a success.
        is_shown: whether a form of the page took the failure to show it.
    """

    action_id: str
    instance: str
    values: dict[str, list[str]]
    failure: Failure | None = None
    data: bytes | None = None
    is_shown: bool = False

    @property
    def status(self) -> int:
        """The status of the page that shows this submission."""
        return 200 if self.failure is None else self.failure.status

    def dump(self, arguments: Arguments) -> bytes:
        """Give what a later rendering needs to show this submission again; without the texts of secret fields."""
        failure = self.failure
        if failure is None:
            return dumps([self.action_id, self.instance, {}, None, None]) + b"\n" + (self.data or b"null")
        open_values = {name: texts for name, texts in self.values.items() if not _is_secret(arguments, name)}
        return dumps([self.action_id, self.instance, open_values, wire(failure), failure.status])


def _is_secret(arguments: Arguments, name: str) -> bool:
    try:
        return arguments.fields[name].is_secret
    except KeyError:
        return True


def texts(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Group the texts of a form by field."""
    values: dict[str, list[str]] = {}
    for name, text in pairs:
        if not is_reserved(name):
            values.setdefault(name, []).append(text)
    return values
