"""What a call of an action came to, in a form that can be kept and given again."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from twofold.actions.action import Action
from twofold.answering import raised
from twofold.boundary import dumps, loads
from twofold.call import Call
from twofold.errors import BY_CODE, ContractError, Failure, NotFound, Redirect, described, wire
from twofold.lazy import lazy
from twofold.locks import Busy
from twofold.responses import as_failure

log = logging.getLogger("twofold")

NEVER_KEPT = frozenset({400, 401, 403, 404, 405, 413, 415, 429})
"""Refusals before anything happened: the same call, mended, may run."""


_DATA = b'{"data":'


class Outcome:
    """The end of one call: a result, a redirect or a failure.

    Args:
        data: the result as JSON text.
    """

    def __init__(self, *, data: bytes = b"null", redirect: str | None = None, failure: Failure | None = None) -> None:
        self.data = data
        self.redirect = redirect
        self.failure = failure

    @property
    def is_kept(self) -> bool:
        """Whether a duplicate is given this outcome instead of a second run."""
        failure = self.failure
        if failure is None:
            return True
        has_run = failure.code != "VALIDATION" and not isinstance(failure, Busy)
        return has_run and failure.status < 500 and failure.status not in NEVER_KEPT

    @lazy
    def kept(self) -> bytes:
        """The outcome as it is kept."""
        if self.failure is not None:
            return dumps({"failure": wire(self.failure), "status": self.failure.status})
        if self.redirect is not None:
            return dumps({"redirect": self.redirect})
        return _DATA + self.data + b"}"

    @classmethod
    def load(cls, kept: bytes, action: Action[..., Any]) -> Outcome:
        """Read a kept outcome."""
        if kept.startswith(_DATA):
            return cls(data=kept[len(_DATA) : -1])
        tree = loads(kept)
        if "redirect" in tree:
            return cls(redirect=tree["redirect"])
        return cls(failure=failure_of(tree["failure"], tree["status"], action))


async def outcome_of(action: Action[..., Any], values: Mapping[str, Any], call: Call) -> Outcome:
    """Run an action and take whatever it comes to; an undeclared failure is masked."""
    try:
        result = await action.run_for(call, values)
        if isinstance(result, Redirect):
            return Outcome(redirect=result.url)
        return Outcome(data=action.result.to_json(result) if action.result is not None else b"null")
    except BaseException as error:  # noqa: BLE001 - `raised` lets through what is no failure
        found = raised(error)
        if isinstance(found, Redirect):
            return Outcome(redirect=found.url)
        return Outcome(failure=_contracted(found, action, call))


def _contracted(error: Exception | NotFound, action: Action[..., Any], call: Call) -> Failure:
    """Give a declared failure as it is; mask every other, so that callers meet no error that the contract does not name."""
    if not isinstance(error, Failure) or action.declares(error):
        return as_failure(error, call)
    log.error("%s raised %s, which it does not declare; add it to @action(errors=[...])", action.id, type(error).__name__)
    return as_failure(RuntimeError(f"undeclared {described(error)}"), call)


def failure_of(shape: Mapping[str, Any], status: int, action: Action[..., Any]) -> Failure:
    """Give a failure that was kept in its wire shape."""
    data: dict[str, Any] = shape.get("data", {})
    for kind in (*action.errors.values(), *BY_CODE.values()):
        if kind.code == shape["code"] and set(kind.data_names) == data.keys():
            failure: Failure = kind(shape["error"], fields=shape.get("fields"), retry_after=shape.get("retryAfter"), **data)
            return failure
    return _of_former_code(shape, status)


def _of_former_code(shape: Mapping[str, Any], status: int) -> Failure:
    """Give a failure whose class a deploy has removed."""
    former = type("FormerError", (ContractError,), {}, code=shape["code"], status=status)
    failure: Failure = former(shape["error"], fields=shape.get("fields"))
    return failure
