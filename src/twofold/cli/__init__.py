"""The command line: `twofold dev`, `twofold serve`, `twofold routes`. The app never imports this package."""

from __future__ import annotations

from twofold.cli.main import main as main
