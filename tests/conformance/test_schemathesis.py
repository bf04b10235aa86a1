"""The document and the handlers agree: what Schemathesis makes of the one, the other answers as the document says.

Source: https://schemathesis.readthedocs.io/en/stable/reference/checks/
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.python import asgi
from schemathesis.specs.openapi import checks

from example.world import Clock, main, new_shop_file, open_world
from support.openapi_app import app as corpus
from twofold.openapi import openapi_document

CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
    checks.negative_data_rejection,
    checks.missing_required_header,
]
EXAMPLES = settings(
    max_examples=6,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)

NO_HEADERS: Mapping[str, str] = {}

CORPUS: dict[str, Any] = openapi_document(corpus, title="Lamps", version="1.0")
SHOP: dict[str, Any] = openapi_document(main.app, title="Shop", version="1.0")


def operations(document: Mapping[str, Any]) -> dict[str, APIOperation]:
    found = (each.ok() for each in schemathesis.openapi.from_dict(dict(document)).get_all_operations())
    return {operation.label: operation for operation in found}


CORPUS_OPERATIONS, SHOP_OPERATIONS = operations(CORPUS), operations(SHOP)


SHOP_FILE: list[Path] = []
"""The database of the shop while it is open."""


async def shop(scope: Any, receive: Any, send: Any) -> None:
    """The shop on a database of its own, which is open as long as the app is."""
    if scope["type"] != "lifespan":
        await main.app(scope, receive, send)
        return
    await receive()
    async with open_world(SHOP_FILE[0], Clock()):
        await send({"type": "lifespan.startup.complete"})
        await receive()
    await send({"type": "lifespan.shutdown.complete"})


@pytest.fixture(scope="module")
def corpus_client() -> Iterator[Any]:
    with asgi.get_client(corpus) as client:
        yield client
    asgi.shutdown_lifespans()


@pytest.fixture(scope="module")
def shop_client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    SHOP_FILE[:] = [new_shop_file(tmp_path_factory.mktemp("shop"))]
    with asgi.get_client(shop) as client:
        yield client
    asgi.shutdown_lifespans()


def statuses(operation: APIOperation, mode: GenerationMode, client: Any, headers: Mapping[str, str] = NO_HEADERS) -> Counter[int]:
    """Send what Schemathesis makes of an operation, check every answer, and count them by status."""
    found: Counter[int] = Counter()

    @EXAMPLES
    @given(case=operation.as_strategy(generation_mode=mode))
    def send(case: Case) -> None:
        response = case.call(session=client, headers=dict(headers))
        found[response.status_code] += 1
        excluded = [] if has_types(case) else [checks.negative_data_rejection]
        case.validate_response(response, checks=CHECKS, excluded_checks=excluded)

    send()
    return found


def has_types(case: Case) -> bool:
    """Whether all input is JSON or in the path: any other text may be read as what it only looks like ("null", "1", "")."""
    is_path_only = {one["in"] for one in case.operation.definition.raw.get("parameters", ())} <= {"path"}
    return is_path_only and case.media_type in (None, "application/json")


def is_listed(status: int, operation: APIOperation) -> bool:
    """Whether the document names a status, and does not leave it to `default`."""
    responses = operation.definition.raw["responses"]
    return str(status) in responses or f"{status // 100}XX" in responses


def can_be_wrong(operation: APIOperation) -> bool:
    """Whether there is anything to send that the document does not allow."""
    raw = operation.definition.raw
    is_free = all(one["schema"].keys() <= {"type", "minLength"} for one in raw.get("parameters", ()))
    return not is_free or "*/*" not in raw.get("requestBody", {"content": {"*/*": {}}})["content"]


# A signature, and the first bytes of a PNG, are nothing that a schema can say.
UNGUESSABLE = {"POST /api/events", "POST /api/photos"}


@pytest.mark.parametrize("label", CORPUS_OPERATIONS)
def test_what_the_document_allows_is_answered_as_it_says(label: str, corpus_client: Any) -> None:
    operation = CORPUS_OPERATIONS[label]
    found = statuses(operation, GenerationMode.POSITIVE, corpus_client)
    assert [status for status in found if not is_listed(status, operation)] == []
    assert label in UNGUESSABLE or any(status < 400 for status in found)


@pytest.mark.parametrize("label", [label for label, one in CORPUS_OPERATIONS.items() if can_be_wrong(one)])
def test_what_the_document_does_not_allow_is_refused(label: str, corpus_client: Any) -> None:
    operation = CORPUS_OPERATIONS[label]
    found = statuses(operation, GenerationMode.NEGATIVE, corpus_client)
    assert [status for status in found if not is_listed(status, operation)] == []


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.name.lower())
@pytest.mark.parametrize("label", [label for label, one in SHOP_OPERATIONS.items() if can_be_wrong(one)])
def test_the_shop_answers_as_its_document_says(label: str, mode: GenerationMode, shop_client: Any) -> None:
    statuses(SHOP_OPERATIONS[label], mode, shop_client, {"Authorization": "Bearer the-api-key-of-ada"})


@pytest.mark.parametrize("label", [label for label, one in SHOP_OPERATIONS.items() if not can_be_wrong(one)])
def test_the_shop_answers_whoever_sends_nothing(label: str, shop_client: Any) -> None:
    statuses(SHOP_OPERATIONS[label], GenerationMode.POSITIVE, shop_client)
