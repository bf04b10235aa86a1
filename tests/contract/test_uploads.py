"""Files that are too large or of the wrong type: told beside the field, before the rest has arrived."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx2
import pytest

from support import upload_app
from support.action_app import Tab, target, token
from support.upload_app import MIB, make_app, taken

PNG = b"\x89PNG\r\n\x1a\n"
LIMIT_KIB = 64 * 1024


@pytest.fixture
async def tab() -> AsyncIterator[Tab]:
    taken.clear()
    tab = Tab(make_app())
    yield tab
    await tab.client.aclose()


async def send(tab: Tab, content: bytes, **headers: str) -> httpx2.Response:
    page = (await tab.open("/")).text
    files = {"photo": ("a.png", content, "image/png")}
    fields = {"_tf": token(page), "caption": "mine"}
    return await tab.client.post("/" + target(page), data=fields, files=files, headers=headers)


async def test_a_file_that_fits_is_taken(tab: Tab) -> None:
    assert (await send(tab, PNG + bytes(MIB - 8))).status_code == 303
    assert taken == [("mine", "a.png", MIB)]


async def test_a_file_that_is_too_large_is_an_error_of_its_field(tab: Tab) -> None:
    answer = await send(tab, PNG + bytes(MIB))
    assert answer.status_code == 413
    assert "Must be at most 1 MiB" in answer.text
    assert 'value="mine"' in answer.text
    assert taken == []


async def test_the_runtime_is_told_in_frames(tab: Tab) -> None:
    answer = await send(tab, PNG + bytes(MIB), **{"Twofold-Call": "k" * 22})
    assert answer.status_code == 413
    assert '"code":"TOO_LARGE"' in answer.text.splitlines()[0]
    assert '"fields":{"photo":["Must be at most 1 MiB"]}' in answer.text.splitlines()[0]


async def test_a_file_of_another_type_is_an_error_of_its_field(tab: Tab) -> None:
    answer = await send(tab, b"no image")
    assert answer.status_code == 422
    assert "Must be one of: image/png" in answer.text


@pytest.fixture
def served() -> Iterator[str]:
    """The app in a process of its own."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        command = [sys.executable, upload_app.__file__, str(listener.fileno())]
        process = subprocess.Popen(command, pass_fds=[listener.fileno()], env={"PYTHONPATH": str(Path(__file__).parents[1])})
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        process.terminate()
        process.wait(20)


async def test_two_hundred_mebibytes_go_through_a_small_process(served: str) -> None:
    boundary = "b" * 30
    async with httpx2.AsyncClient(base_url=served, headers={"Origin": served}, timeout=60) as http:

        async def result(index: int, body: object, **headers: str) -> int:
            page = (await http.get("/large")).text
            url = "/large" + target(page, index)
            options = {"data": {"_tf": token(page, 1)}} if index else {"content": large(token(page)), "headers": headers}
            answer = await http.post(url, **options)  # type: ignore[arg-type]
            shown = (await http.get(answer.headers["location"])).text
            return int(re.findall(r"<output>(\d+)</output>", shown)[0])

        async def large(sealed: str) -> AsyncIterator[bytes]:
            yield f'--{boundary}\r\nContent-Disposition: form-data; name="_tf"\r\n\r\n{sealed}\r\n'.encode()
            yield f'--{boundary}\r\nContent-Disposition: form-data; name="archive"; filename="a"\r\n\r\n'.encode()
            for _ in range(200):
                yield bytes(MIB)
            yield f"\r\n--{boundary}--\r\n".encode()

        before = await result(1, None)
        assert await result(0, None, **{"Content-Type": f"multipart/form-data; boundary={boundary}"}) == 200 * MIB
        after = await result(1, None)
    assert after < LIMIT_KIB, f"{before:,} KiB before, {after:,} KiB after"
