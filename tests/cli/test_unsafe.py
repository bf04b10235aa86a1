from __future__ import annotations

from typing import Any, get_args

import pytest

from cli.programs import SECRET
from twofold.cli.unsafe import Reason, unsafe, unshared
from twofold.settings import Settings

SAFE: dict[str, Any] = {"mode": "production", "secrets": SECRET, "allowed_hosts": ("shop.example",)}

ROWS: list[tuple[dict[str, Any], list[Reason]]] = [
    ({}, []),
    ({"secrets": f"{SECRET},{SECRET[::-1]}"}, []),
    ({"allowed_hosts": (), "origins": ("https://shop.example",)}, []),
    ({"allowed_hosts": ("*.shop.example", ".shop.example", "127.0.0.1", "[::1]")}, []),
    ({"allowed_hosts": (".internal", "*.localhost")}, []),
    ({"allowed_origins": ("https://*.partner.example",)}, []),
    ({"mode": "development"}, ["not-production"]),
    ({"mode": "test"}, ["not-production"]),
    ({"secrets": ""}, ["no-secret"]),
    ({"secrets": " , "}, ["no-secret"]),
    ({"secrets": "short"}, ["weak-secret"]),
    ({"secrets": "changeme" * 8}, ["weak-secret"]),
    ({"secrets": f"{SECRET},old"}, ["weak-secret"]),
    ({"secrets": "a,b"}, ["weak-secret", "weak-secret"]),
    ({"allowed_hosts": ()}, ["no-hosts"]),
    ({"allowed_hosts": ("*",)}, ["wildcard-host"]),
    ({"allowed_hosts": ("*.",)}, ["wildcard-host"]),
    ({"allowed_hosts": (".",)}, ["wildcard-host"]),
    ({"allowed_hosts": ("*.com", "shop.example")}, ["wildcard-host"]),
    ({"allowed_hosts": (".example.",)}, ["wildcard-host"]),
    ({"allowed_hosts": ("*.*.example",)}, ["wildcard-host"]),
    ({"origins": ("*",)}, ["wildcard-origin"]),
    ({"allowed_origins": ("https://*",)}, ["wildcard-origin"]),
    ({"allowed_origins": ("https://*.com",)}, ["wildcard-origin"]),
    ({"mode": "development", "secrets": "", "allowed_hosts": ()}, ["not-production", "no-secret", "no-hosts"]),
]


@pytest.mark.parametrize(("changes", "reasons"), ROWS)
def test_settings_are_refused_for_exactly_these_reasons(changes: dict[str, Any], reasons: list[Reason]) -> None:
    assert [one.reason for one in unsafe(Settings(**{**SAFE, **changes}))] == reasons


SHARED = [(1, False, []), (1, True, []), (2, True, []), (2, False, ["no-shared-store"])]


@pytest.mark.parametrize(("workers", "are_shared", "reasons"), SHARED)
def test_several_workers_need_stores_that_they_share(workers: int, are_shared: bool, reasons: list[Reason]) -> None:
    assert [one.reason for one in unshared(workers, are_shared=are_shared)] == reasons


def test_every_reason_is_in_a_table() -> None:
    told = [reasons for _, reasons in ROWS] + [reasons for _, _, reasons in SHARED]
    assert {reason for reasons in told for reason in reasons} == set(get_args(Reason))


def test_a_refusal_says_what_why_and_how_to_mend_it() -> None:
    for refusal in unsafe(Settings(mode="development", allowed_hosts=("*",))):
        assert refusal.remedy
        assert str(refusal) == f"{refusal.message}. {refusal.remedy} [{refusal.reason}]"


def test_a_refusal_never_shows_the_secret() -> None:
    assert "hunter" not in " ".join(map(str, unsafe(Settings(secrets="hunter2-hunter2"))))
