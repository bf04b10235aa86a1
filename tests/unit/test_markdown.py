"""How the documentation tests read a page."""

from __future__ import annotations

import pytest

from support.markdown import Command, code_blocks, commands, is_expected

PAGE = """\
Text.

```python
# shop/app.py
app = 1
```

<!-- not run: it would
take the reader's money -->
```console
$ pay
```

````text
```
nested
```
````
"""


def test_blocks_know_their_language_file_line_and_why_they_are_not_run() -> None:
    program, console, nested = code_blocks(PAGE)
    assert (program.language, program.file, program.line, program.reason) == ("python", "shop/app.py", 4, None)
    assert (console.language, console.file, console.reason) == ("console", None, "it would\ntake the reader's money")
    assert nested.code == "```\nnested\n```\n"


def test_commands_stand_above_their_output() -> None:
    console = "$ one\n$ two \\\n  --continued\nfirst line\n\nlast line\n$ three\n"
    assert list(commands(console)) == [
        Command("one", ""),
        Command("two \\\n  --continued", "first line\n\nlast line"),
        Command("three", ""),
    ]


@pytest.mark.parametrize(
    ("output", "expected", "is_equal"),
    [
        ("a\nb\n", "a\nb", True),
        ("a\nb\n", "a", False),
        ("a", "b", False),
        ('{"id":"8f2a"}\n', '{"id":"…"}', True),
        ("a (b) [c]", "a (b) [c]", True),
        ("a\nb\nc\nd", "a\n…\nd", True),
        ("a\nd", "a\n...\nd", True),
        ("a\nb", "…", True),
        ("one\ntwo", "o…o", False),
        ("HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK", True),
    ],
)
def test_output_is_compared_line_by_line_and_an_ellipsis_stands_for_anything(output: str, expected: str, is_equal: bool) -> None:
    assert is_expected(output, expected) is is_equal
