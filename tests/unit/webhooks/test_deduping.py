from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import pytest
from pydantic import BaseModel
from starlette.responses import Response

from twofold.errors import ValidationFailed
from twofold.parameters import Reply, Status
from twofold.webhooks.answers import Answers
from twofold.webhooks.deduping import event_id


@pytest.mark.parametrize(
    ("given", "kept"),
    [("e1", "e1"), (" ", " "), ("x" * 255, "x" * 255), (0, "0"), (-7, "-7"), (10**254, str(10**254)), ("7", "7")],
)
def test_text_and_whole_numbers_are_ids(given: object, kept: str) -> None:
    assert event_id(given) == kept


@pytest.mark.parametrize("given", ["", "x" * 256, 10**255, -(10**255), None, True, False, 1.0, b"e1", ["e1"], object()])
def test_anything_else_is_no_id_and_the_senders_fault(given: object) -> None:
    with pytest.raises(ValidationFailed, match="The event needs an id"):
        event_id(given)


@pytest.mark.parametrize("sign", [1, -1])
def test_number_too_long_to_be_written_is_no_id(sign: int) -> None:
    # Python itself refuses to write more than 4,300 digits, with a ValueError.
    with pytest.raises(ValidationFailed):
        event_id(sign * 10**5000)


@dataclass
class Received:
    id: str


class Told(BaseModel):
    status_code: str


async def typed() -> Received: ...  # type: ignore[empty-body]
async def accepted() -> Annotated[Received, Status(202)]: ...  # type: ignore[empty-body]
async def told() -> Told: ...  # type: ignore[empty-body]
async def nothing() -> None: ...
async def nothing_much() -> Annotated[None, Status(202)]: ...
async def optional() -> Received | None: ...
async def replied() -> Reply[Received]: ...  # type: ignore[empty-body]
async def replied_or_typed() -> Reply[Received] | Received: ...  # type: ignore[empty-body]
async def either() -> Annotated[Received | Response, Status(202)]: ...  # type: ignore[empty-body]
async def numbers() -> list[int]: ...  # type: ignore[empty-body]


@pytest.mark.parametrize(
    ("handler", "value"),
    [
        (typed, Received("e1")),
        (accepted, Received("e1")),
        (told, Told(status_code="of the app's own")),
        (nothing, None),
        (nothing_much, None),
        (optional, Received("e1")),
        (optional, None),
        (replied, Reply(Received("e1"), 201, {"x-a": "b"})),
        (replied_or_typed, Reply(Received("e1"))),
        (either, Received("e1")),
        (numbers, [1, 2]),
    ],
)
def test_answer_is_given_again_as_it_was_kept(handler: Any, value: Any) -> None:
    answers = Answers(handler)
    kept = answers.dump(value)
    assert kept is not None
    assert answers.load(kept) == value


def test_value_that_does_not_fit_is_not_kept() -> None:
    with pytest.raises(TypeError):
        Answers(typed).dump("something else")


@pytest.mark.parametrize("former", [(numbers, [1, 2]), (replied, Reply(Received("e1"), 200)), (nothing, None)])
@pytest.mark.parametrize("latter", [told, accepted])
def test_answer_of_a_former_build_is_given_as_it_was(former: tuple[Any, Any], latter: Any) -> None:
    handler, value = former
    kept = Answers(handler).dump(value)
    assert kept is not None
    given = Answers(latter).load(kept)
    if isinstance(given, Response):
        assert kept.endswith(bytes(given.body))
        assert given.status_code == 200
    else:
        assert given == value
