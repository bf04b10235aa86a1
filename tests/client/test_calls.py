"""The generated client calls a real server from Node: what goes in comes out, whatever its type."""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path

from support.client_app import app
from support.typescript import FIXTURES, NODE, bundle
from support.uvicorn_server import serving
from twofold.client import client_files, write


async def test_node_calls_a_real_server(tmp_path: Path) -> None:
    write(client_files(app, "support"), tmp_path / "client")
    bundle(FIXTURES / "calls.ts", tmp_path / "calls.mjs", tmp_path / "client", "--platform=node")
    async with serving(app) as port:
        command = [*NODE, "--test", "--test-reporter=tap", str(tmp_path / "calls.mjs")]
        env = {**os.environ, "BASE": f"http://127.0.0.1:{port}"}
        process = await asyncio.create_subprocess_exec(
            *command, env=env, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        told = (await process.communicate())[0].decode()

    assert process.returncode == 0, told
    counted = re.search(r"^# pass (\d+)$", told, re.MULTILINE)
    assert counted is not None
    assert int(counted[1]) >= (FIXTURES / "calls.ts").read_text().count("\ntest(")
