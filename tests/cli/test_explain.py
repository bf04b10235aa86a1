"""The decision matrix, and that its code runs."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import pytest

from cli.programs import run
from twofold import App, Settings
from twofold.cli.explain import Case, cases, read_case

CASES = list(cases())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_code_of_every_case_runs(case: Case) -> None:
    module = importlib.import_module(f"twofold.cases.{case.name.replace('-', '_')}")
    app = getattr(module, "app", None)
    if isinstance(app, App):
        app.start(Settings(mode="test"))
    assert case.code
    assert '"""' + case.title not in case.code


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_case_has_a_model_a_reason_and_a_price(case: Case) -> None:
    assert case.model.startswith(("server action", "route handler", "neither", "@limit", "an action"))
    assert len(case.why.split()) > 5
    assert len(case.cost.split()) > 1
    assert "  " not in case.why


def test_the_cases_that_people_ask_about_are_there() -> None:
    wanted = {
        "form-submission", "third-party-webhook", "public-rest-api", "internal-mutation", "rate-limited-endpoint", "file-upload",
        "streaming", "mobile-client", "live-page",
    }  # fmt: skip
    assert wanted <= {case.name for case in CASES}


def test_a_case_is_read_from_its_module() -> None:
    source = '"""A title.\n\nmodel: server action\nwhy: One line\n    and another.\ncost: Little.\n"""\n\nx = 1\n'
    assert read_case("a-case", source) == Case("a-case", "A title", "server action", "One line and another.", "Little.", "x = 1")


def test_the_command_shows_all_or_one(tmp_path: Path) -> None:
    everything = run(tmp_path, "explain")
    assert everything.returncode == 0
    assert all(case.name in everything.stdout for case in CASES)
    one = run(tmp_path, "explain", "--case", "third-party-webhook")
    assert "@dedupe" in one.stdout
    found = json.loads(run(tmp_path, "explain", "--json").stdout)
    assert [one["name"] for one in found] == [case.name for case in CASES]


def test_an_unknown_case_is_told_which_there_are(tmp_path: Path) -> None:
    done = run(tmp_path, "explain", "--case", "blockchain")
    assert done.returncode != 0
    assert "form-submission" in done.stderr
