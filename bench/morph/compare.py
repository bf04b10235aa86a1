"""Measure the merge on a table of 1,000 rows, beside other libraries on the same page in the same run.

    python bench/morph/compare.py [path/to/morphlex.js path/to/idiomorph.esm.js ...] [--rounds 9] [--ids]

Each path names an ES module without imports: one that exports `morph`, `Idiomorph`, or a function of (element, html) by default.
The cells are medians in milliseconds, HTML parsing included, and what a merge does to the tree in mutation records; the libraries
take turns, so that a slow second hits them alike. The last line is the ratio to the fastest of the others.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from playwright.async_api import async_playwright

HERE = Path(__file__).parent
SOURCE = HERE.parents[1] / "src" / "twofold"
CHANGES = ("none", "one text", "prepend", "60 swaps", "reverse", "all texts")

FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync")


class Files(SimpleHTTPRequestHandler):
    """Serves the runtime, this folder, and the libraries by number."""

    def __init__(self, *args: Any, libraries: list[Path], **kwargs: Any) -> None:
        self.libraries = libraries
        super().__init__(*args, **kwargs)

    def translate_path(self, path: str) -> str:
        """Give the file of a path."""
        if path.startswith("/runtime/"):
            return str(SOURCE / path.removeprefix("/"))
        if path.startswith("/library/"):
            return str(self.libraries[int(path.removeprefix("/library/").removesuffix(".js"))])
        return str(HERE / path.removeprefix("/"))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base has it
        """Say nothing."""


async def measured(url: str, libraries: int, rounds: int, *, has_ids: bool) -> dict[str, Any]:
    """Let the page measure."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found, args=FLAGS)
        page = await browser.new_page()
        await page.goto(f"{url}/page.html")
        result: dict[str, Any] = await page.evaluate(
            "async (options) => (await import('/measure.js')).measure(options)",
            {"libraries": libraries, "rounds": rounds, "changes": CHANGES, "hasIds": has_ids},
        )
        await browser.close()
    return result


def report(result: dict[str, Any], names: list[str]) -> None:
    """Print the table."""
    print(f"{'':24}" + "".join(f"{change:>16}" for change in CHANGES))
    for name, cells in zip(names, result["cells"], strict=True):
        print(f"{name:24}" + "".join(f"{cell['ms']:>9.1f} /{cell['records']:>5}" for cell in cells))
    if len(names) > 1:
        ours, *others = result["cells"]
        ratios = [one["ms"] / min(other[at]["ms"] for other in others) for at, one in enumerate(ours)]
        print(f"{'ratio to the fastest':24}" + "".join(f"{ratio:>16.2f}" for ratio in ratios))
    print(f"remember: {result['remember']:.1f} ms; parsing alone: {result['parse']:.1f} ms")


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("libraries", nargs="*", type=Path)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--ids", action="store_true", help="let each row have an id")
    options = parser.parse_args()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Files, libraries=options.libraries)) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        result = asyncio.run(measured(url, len(options.libraries), options.rounds, has_ids=options.ids))
        server.shutdown()
    report(result, ["twofold", *(f"{path.stem}" for path in options.libraries)])


if __name__ == "__main__":
    main()
