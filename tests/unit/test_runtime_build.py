from __future__ import annotations

import gzip
import random
import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).parents[2]
tool = SimpleNamespace(**runpy.run_path(str(ROOT / "tools" / "runtime.py")))

needs_esbuild = pytest.mark.skipif(not tool.ESBUILD.exists(), reason="esbuild is not installed; `make lint` installs it")

BUILT = {"core.js": b"1", "live.js": b"2"}


def folder_of(where: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (where / name).write_bytes(content)
    return where


def of_sent_size(size: int) -> bytes:
    """Give bytes that gzip makes as many as wished: noise is not compressed, and is only framed."""
    noise = random.Random(1).randbytes(size)
    return noise[: 2 * size - len(gzip.compress(noise, 9, mtime=0))]


@pytest.mark.parametrize(
    ("there", "names"),
    [
        (BUILT, []),
        ({}, ["core.js", "live.js"]),
        ({"core.js": b"1"}, ["live.js"]),
        ({**BUILT, "live.js": b"old"}, ["live.js"]),
        ({**BUILT, "gone.js": b"3"}, ["gone.js"]),
        ({**BUILT, "notes.txt": b""}, ["notes.txt"]),
    ],
)
def test_check_names_every_file_that_the_sources_do_not_build(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], there: dict[str, bytes], names: list[str]
) -> None:
    status = tool.check(BUILT, folder_of(tmp_path, there))
    said = capsys.readouterr().err
    assert status == (1 if names else 0)
    assert said.partition(" in ")[0] == ", ".join(names)


@pytest.mark.parametrize("there", [{}, BUILT, {"core.js": b"old", "gone.js": b"3"}])
def test_folder_holds_what_was_built_and_nothing_else(tmp_path: Path, there: dict[str, bytes]) -> None:
    tool.write(BUILT, folder_of(tmp_path, there))
    assert tool.read(tmp_path) == BUILT


def test_folder_is_made(tmp_path: Path) -> None:
    tool.write(BUILT, tmp_path / "dist")
    assert tool.read(tmp_path / "dist") == BUILT


@pytest.mark.parametrize(("excess", "status"), [(0, 0), (1, 1)])
def test_budget_is_what_a_module_weighs_on_the_wire(capsys: pytest.CaptureFixture[str], excess: int, status: int) -> None:
    size = tool.BUDGETS["core.js"] + excess
    assert tool.weigh({"core.js": of_sent_size(size)}) == status
    said = capsys.readouterr()
    assert f"{size:,}" in said.out
    assert said.err == ("over budget: core.js\n" if status else "")


def test_module_without_a_budget_is_never_over_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert tool.weigh({"panel.js": of_sent_size(100_000)}) == 0
    assert "100,000" in capsys.readouterr().out


def test_modules_that_are_built_are_those_that_have_a_source() -> None:
    assert sorted(tool.read(tool.BUILT)) == sorted(tool.entries(tool.SOURCE))


def test_wheel_brings_every_module_that_was_built() -> None:
    included = {Path(file.path) for file in WheelBuilder(str(ROOT)).recurse_included_files()}
    assert tool.read(tool.BUILT)
    assert {tool.BUILT / name for name in tool.read(tool.BUILT)} <= included


@needs_esbuild
def test_modules_share_one_core(tmp_path: Path) -> None:
    sources = {
        "core.js": b'import { state } from "./state.js"; export { state }; import("./live.js");',
        "live.js": b'import { state } from "./core.js"; console.log(state);',
        "state.js": b'export const state = ["canary"];',
    }
    built = tool.build(folder_of(tmp_path, sources))
    assert sorted(built) == ["core.js", "live.js"]
    assert b'import("./live.js")' in built["core.js"]
    assert b'from"./core.js"' in built["live.js"]
    assert b"canary" in built["core.js"]
    assert b"canary" not in built["live.js"]


@needs_esbuild
def test_what_cannot_be_built_says_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="1"):
        tool.build(folder_of(tmp_path, {"core.js": b'import "./missing.js";'}))
    assert "missing.js" in capsys.readouterr().err
