"""The code in the README and the documentation runs, and does what the page says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from support.tutorial import lay_out_earlier_pages

ROOT = Path(__file__).parents[2]
WALKTHROUGH = ROOT / "tests" / "support" / "walkthrough.py"
STAGE = Path(__file__).parent / "stage.py"
REFERENCE = ROOT / "docs" / "reference"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def follow(page: Path, directory: Path) -> subprocess.CompletedProcess[str]:
    # The reference holds the examples of docstrings, which say one thing and take the rest for granted.
    stage = [STAGE] if page.parent == REFERENCE else []
    command = [str(each) for each in (sys.executable, WALKTHROUGH, page, ROOT, *stage)]
    return subprocess.run(command, cwd=directory, check=False, capture_output=True, text=True)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_code_of_a_page_does_what_the_page_says(page: Path, tmp_path: Path) -> None:
    lay_out_earlier_pages(page, tmp_path)
    done = follow(page, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


TRUE_PAGE = """\
```python
# shop/prices.py
PRICE = 2
```

```python
from shop.prices import PRICE

async def total(quantity):
    return PRICE * quantity
```

```python
assert await total(3) == 6
```

```python
>>> PRICE + 1
3
```

```python
raise ValueError("no")
```

```python
# web.py
async def app(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"id 12345"})
```

```console
$ uvicorn web:app
INFO:     Started server process […]
$ curl -s http://127.0.0.1:8000/
id …
$ python -c 'print("http://127.0.0.1:8000")'
http://127.0.0.1:8000
$ make everything-new
```

<!-- not run: it is wrong -->
```python
1 / 0
```
"""


def test_a_page_that_is_true_passes(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(TRUE_PAGE)
    done = follow(page, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("block", "complaint"),
    [
        ("```python\n1 / 0\n```", "ZeroDivisionError"),
        ("```python\nawait nothing\n```", "NameError"),
        ("```python\nif False:\n    pass\nraise ValueError\n```\n```python\nraise KeyError(1/0)\n```", "ZeroDivisionError"),
        ("```python\n>>> 1 + 1\n3\n```", "Expected:"),
        ("```console\n$ python -c 'print(1)'\n2\n```", "instead of"),
        ("```console\n$ python -c 'exit(3)'\n```", "ends with 3"),
        ("```console\n$ cd shop && ls\n```", "a line of its own"),
        ("```console\n$ uvicorn nothing:app\n```", "does not serve"),
        ("```console\n$ uvicorn nothing:app\nWelcome\n```", "does not say"),
        ("```python\n# broken.py\ndef\n```", "SyntaxError"),
    ],
)
def test_a_page_that_is_wrong_fails_and_the_block_is_named(block: str, complaint: str, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"Text.\n\n{block}\n")
    done = follow(page, tmp_path)
    assert done.returncode != 0
    assert complaint in done.stderr
    assert f"in the block at {page}:" in done.stderr
