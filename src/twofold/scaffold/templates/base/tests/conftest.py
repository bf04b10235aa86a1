"""What all tests share. The fixtures `client` and `page` come with Twofold: they visit the app of pyproject.toml."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def empty_wall(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give every test a wall of its own."""
    monkeypatch.setenv("NOTES_FILE", str(tmp_path / "notes.db"))
