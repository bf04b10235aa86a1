"""Two builds of one app as two programs, behind a proxy that asks them by turns."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from support.uvicorn_server import serving

STARTS_WITHIN_SECONDS = 30
HOP_BY_HOP = {b"connection", b"content-length", b"transfer-encoding", b"keep-alive"}

SERVE = """
import sys
import uvicorn
from shop import app
uvicorn.run(app, fd=int(sys.argv[1]), log_level="warning", lifespan="on")
"""


class Build:
    """A server of one version of the app.

    Args:
        source: of the module `shop`, which makes `app`.
    """

    def __init__(self, folder: Path, source: str, **variables: str) -> None:
        folder.mkdir(parents=True)
        (folder / "shop.py").write_text(source)
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("TWOFOLD_")}
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(128)
        os.set_inheritable(self._listener.fileno(), True)
        self.port: int = self._listener.getsockname()[1]
        self.log = folder / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", SERVE, str(self._listener.fileno())],
                cwd=folder,
                env={**inherited, "PYTHONPATH": str(folder), **variables},
                stdout=log,
                stderr=log,
                close_fds=False,
            )

    def wait(self) -> None:
        """Wait until it answers: the socket is open before it does."""
        until = time.monotonic() + STARTS_WITHIN_SECONDS
        while time.monotonic() < until:
            if self.process.poll() is not None:
                raise RuntimeError(self.log.read_text())
            try:
                httpx2.get(f"http://127.0.0.1:{self.port}/", trust_env=False, timeout=STARTS_WITHIN_SECONDS)
            except httpx2.HTTPError:
                time.sleep(0.02)
            else:
                return

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        self._listener.close()


class Alternating:
    """A proxy that sends each request to the next build, or to the one that it is told to."""

    def __init__(self, builds: list[Build]) -> None:
        self.builds = builds
        self.next: int | None = None
        self.asked: list[int] = []
        self._http = httpx2.AsyncClient(trust_env=False, timeout=STARTS_WITHIN_SECONDS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await self._http.aclose()
            await send({"type": "lifespan.shutdown.complete"})
            return
        request = Request(scope, receive)
        at = len(self.asked) % len(self.builds) if self.next is None else self.next
        self.asked.append(at)
        answer = await self._http.request(
            request.method,
            f"http://127.0.0.1:{self.builds[at].port}{scope['raw_path'].decode()}?{scope['query_string'].decode()}",
            content=await request.body(),
            headers=[(name, value) for name, value in request.headers.raw if name not in HOP_BY_HOP],
            follow_redirects=False,
        )
        response = Response(answer.content, answer.status_code)
        response.raw_headers = [
            (name.lower(), value) for name, value in answer.headers.raw if name.lower() not in HOP_BY_HOP | {b"content-encoding"}
        ]
        response.raw_headers.append((b"content-length", str(len(answer.content)).encode()))
        await response(scope, receive, send)


@asynccontextmanager
async def behind_proxy(*builds: Build) -> AsyncIterator[tuple[Alternating, str]]:
    """Run builds behind a proxy; gives the proxy and its URL."""
    try:
        for build in builds:
            build.wait()
        proxy = Alternating(list(builds))
        async with serving(proxy) as port:
            yield proxy, f"http://127.0.0.1:{port}"
    finally:
        for build in builds:
            build.stop()
