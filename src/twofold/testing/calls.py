"""Calling an exported action as the typed client does: JSON in, JSON out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import httpx2
from pydantic_core import to_jsonable_python

from twofold.actions import Action
from twofold.actions.outcomes import Outcome
from twofold.boundary import dumps, loads
from twofold.errors import ContractError, NotFound, Redirect, ValidationFailed


def encode(action: Action[..., Any], values: Mapping[str, Any]) -> bytes:
    """Write the arguments of a call; those that do not fit their types go as they are, for the server to refuse."""
    return dumps({name: _tree(action, name, value) for name, value in values.items()})


def decode(action: Action[..., Any], response: httpx2.Response) -> Any:
    """Read the answer: the result by the action's own type, or a `Redirect`.

    Raises:
        ContractError: the call failed; of the class that the action declares for the code.
        NotFound: there is no such action, or it is not exported.
        RuntimeError: the answer is not one of an action.
    """
    tree = _object(response.content)
    if not tree:
        raise RuntimeError(f"{response.url} answered {response.status_code}, and not as an action: {response.text[:200]!r}")
    if "error" in tree:
        raise failure_of(action, response.status_code, tree)
    if "redirect" in tree:
        return Redirect(tree["redirect"])
    return None if action.result is None else action.result.validate_tree(tree["data"])


def failure_of(action: Action[..., Any], status: int, shape: Mapping[str, Any]) -> ContractError | NotFound:
    """Give the error that a wire shape stands for."""
    failure: Any = Outcome.load(dumps({"failure": shape, "status": status}), action).failure
    failure.details = shape.get("details")
    failure.digest = shape.get("digest")
    if isinstance(failure, NotFound) and not action.is_exported:
        failure.add_note(f"{action.id} is not exported; write @action(export=True), or submit its form")
    return cast("ContractError | NotFound", failure)


def _object(content: bytes) -> dict[str, Any]:
    try:
        tree = loads(content)
    except ValidationFailed:
        return {}
    return tree if isinstance(tree, dict) else {}


def _tree(action: Action[..., Any], name: str, value: Any) -> Any:
    try:
        return action.arguments.to_tree({name: value})[name]
    except (TypeError, KeyError):
        return to_jsonable_python(value)
