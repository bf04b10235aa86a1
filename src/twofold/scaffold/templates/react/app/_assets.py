"""What Vite has built: the names of its files change with their content, and its manifest knows them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import htpy as h

MANIFEST = Path(__file__).parent.parent / "dist" / ".vite" / "manifest.json"
ENTRY = "src/main.tsx"


def assets() -> h.Fragment:
    """Give the elements that load the components; without a build, none: the page works as it is."""
    if not MANIFEST.exists():
        return h.fragment[()]
    return _loading(MANIFEST.stat().st_mtime_ns)


@cache
def _loading(_built_at: int) -> h.Fragment:
    entry = json.loads(MANIFEST.read_bytes())[ENTRY]
    styles = [h.link(rel="stylesheet", href=f"/assets/{file}") for file in entry.get("css", [])]
    return h.fragment[styles, h.script(type="module", src=f"/assets/{entry['file']}")]
