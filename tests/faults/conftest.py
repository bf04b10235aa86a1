"""Each fault and its verdict, printed at the end; how long each of them lasts is told from outside."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

VERDICTS = pytest.StashKey[list[tuple[str, str, str]]]()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "fault(number, what): what is broken, as the table of faults names it")
    config.stash[VERDICTS] = []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    fault = item.get_closest_marker("fault")
    if fault is not None and report.when == "call":
        verdict = "holds" if report.passed else "skipped" if report.skipped else "BROKEN"
        item.config.stash[VERDICTS].append((*fault.args, verdict))
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    verdicts = config.stash.get(VERDICTS, [])
    if not verdicts:
        return
    terminalreporter.section("faults")
    for number, what, verdict in sorted(verdicts):
        terminalreporter.write_line(f"{number:5}{verdict:9}{what}")


@pytest.fixture
def seconds() -> float:
    """How long a fault lasts: FAULT_SECONDS, or as short as it can show something."""
    return float(os.environ.get("FAULT_SECONDS", "1.5"))
