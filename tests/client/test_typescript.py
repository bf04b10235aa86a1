"""The generated client under the compiler: what is right compiles, and each mistake is one for a reason of its own."""

from __future__ import annotations

import gzip
import re
import shutil
from pathlib import Path, PurePosixPath

import pytest

from support.client_app import app
from support.typescript import FIXTURES, ROOT, bundle, compiled
from twofold.actions import Action
from twofold.client import client_files, write
from twofold.client.exports import Exports
from twofold.client.modules import module_text

_MARK = re.compile(r"^// (TS\d+) (.+)$")
_ERROR = re.compile(r"^\S*mistakes\.tsx\((\d+),\d+\): error (TS\d+): (.*)$")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project whose `client/` is the generated client."""
    write(client_files(app, "support"), tmp_path / "client")
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    return tmp_path


PATHS = {"paths": {"client/*": ["./client/*"]}}


@pytest.mark.parametrize("resolution", ["bundler", "nodenext"])
def test_the_client_itself_compiles_under_the_strictest_options(folder: Path, resolution: str) -> None:
    assert compiled(folder, resolution=resolution) == []


def test_what_is_right_compiles(folder: Path) -> None:
    shutil.copy(FIXTURES / "good.tsx", folder)

    assert compiled(folder, **PATHS, types=["react", "react-dom"]) == []


def test_each_mistake_fails_for_its_own_reason(folder: Path) -> None:
    shutil.copy(FIXTURES / "mistakes.tsx", folder)
    lines = (FIXTURES / "mistakes.tsx").read_text().splitlines()
    marks = [(number + 2, found[1], found[2]) for number, line in enumerate(lines) if (found := _MARK.match(line))]
    # A mistake that makes a name unused is no mistake of its own.
    told = compiled(folder, **PATHS, types=["react", "react-dom"], noUnusedLocals=False)
    errors = [(int(found[1]), found[2]) for line in told if (found := _ERROR.match(line))]

    assert errors == [(line, code) for line, code, _ in marks], "\n".join(told)
    assert len(marks) >= 25
    assert len({reason for _, _, reason in marks}) == len(marks)


def text_of(annotation: object, result: object = int) -> str:
    """The module of one action, by the type of its one parameter and of its result."""

    async def reserve(quantity: int) -> int:
        return quantity

    reserve.__module__, reserve.__qualname__ = f"made.{len(made)}", "reserve"
    reserve.__annotations__ = {"quantity": annotation, "return": result}
    made.append(Action(reserve, export=True))
    return module_text(Exports("shop", [made.pop()]), PurePosixPath("shop.ts"))


made: list[Action[..., object]] = []


@pytest.mark.parametrize(
    ("annotation", "result", "code"),
    [
        (int, int, None),
        (float, int, None),
        (str, int, "TS2345"),
        (bool, int, "TS2345"),
        (int, str, "TS2322"),
        (int, None, "TS2322"),
    ],
)
def test_another_annotation_in_python_is_an_error_in_typescript(
    folder: Path, annotation: object, result: object, code: str | None
) -> None:
    (folder / "client" / "shop.ts").write_text(text_of(annotation, result))
    (folder / "app.ts").write_text('import { reserve } from "./client/shop.js";\nexport const left: number = await reserve(2);\n')

    assert [line.split("error ")[1].split(":")[0] for line in compiled(folder)] == ([] if code is None else [code])


@pytest.mark.parametrize(
    ("exported", "budget"),
    [('{ action } from "client/_runtime.js"', 1_800), ('* from "client/_runtime.js"', 2_048)],
    ids=["what-an-app-uses", "the-whole-file"],
)
def test_the_runtime_is_within_its_budget(folder: Path, exported: str, budget: int) -> None:
    (folder / "entry.ts").write_text(f"export {exported};")
    bundle(folder / "entry.ts", folder / "out.js", folder / "client", "--minify")
    assert len(gzip.compress((folder / "out.js").read_bytes(), 9, mtime=0)) <= budget
