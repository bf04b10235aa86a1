"""`python -m twofold.cli` is `twofold`."""

from __future__ import annotations

from twofold.cli import main

main()
