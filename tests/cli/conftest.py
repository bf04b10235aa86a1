"""Folders with a tiny shop in them, and one that is served."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.programs import Program, make_project, serving


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_project(tmp_path)


@pytest.fixture(scope="module")
def shared_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_project(tmp_path_factory.mktemp("shop"))


@pytest.fixture(scope="module")
def production(shared_project: Path) -> Iterator[Program]:
    """The shop in production, for tests that leave it as it is."""
    with serving(shared_project) as program:
        yield program
