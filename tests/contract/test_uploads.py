"""Files that are too large or of the wrong type: told beside the field, before the rest has arrived."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import gettempdir
from typing import Annotated

import httpx2
import pytest

from support import upload_app
from support.action_app import Tab, target, token
from support.asgi import SAME_ORIGIN, Message, exchange, scope_of
from support.upload_app import MIB, make_app, note, taken
from twofold import ConfigurationError, FileLimits, UploadFile, action
from twofold.asgi import REST_BYTES

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


async def send_album(tab: Tab, *contents: bytes) -> httpx2.Response:
    page = (await tab.open("/album")).text
    files = [("photos", (f"{index}.png", content, "image/png")) for index, content in enumerate(contents)]
    return await tab.client.post("/album" + target(page), data={"_tf": token(page)}, files=files)


@pytest.mark.parametrize(
    ("contents", "status", "message"),
    [
        ([PNG + bytes(MIB - 8)] * 2, 303, ""),
        ([PNG + bytes(100)] * 3, 422, "Must be at most 2 files"),
        ([PNG + bytes(100), b"no image, however long it is"], 422, "Must be one of: image/*"),
        ([PNG + bytes(100), PNG + bytes(MIB)], 413, "Must be at most 1 MiB"),
        ([PNG + bytes(100), b"short"], 422, "Must be one of: image/*"),
    ],
)
async def test_every_file_of_a_list_has_the_limits(tab: Tab, contents: list[bytes], status: int, message: str) -> None:
    answer = await send_album(tab, *contents)
    assert (answer.status_code, message in answer.text) == (status, True)
    assert len(taken) == (len(contents) if status == 303 else 0)


class Sending:
    """A browser that sends without end, and what it had sent when the answer came."""

    def __init__(self, start: bytes, more: bytes) -> None:
        self.start = start
        self.more = more
        self.sent = 0
        self.sent_before_answer = -1
        self.status = 0

    async def receive(self) -> Message:
        piece = self.more if self.sent else self.start
        self.sent += len(piece)
        return {"type": "http.request", "body": piece, "more_body": True}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self.sent_before_answer = message["status"], self.sent


def part(name: str, content: bytes | str, filename: str | None = None) -> bytes:
    raw = content.encode() if isinstance(content, str) else content
    file = "" if filename is None else f'; filename="{filename}"'
    return f'--xyz\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'.encode() + raw


@pytest.mark.parametrize(
    ("start", "more", "status", "most"),
    [
        (part("photo", PNG, "a.png"), bytes(64 * 1024), 413, MIB + 128 * 1024),
        (part("photo", b"no image, but endless", "a.png"), bytes(64 * 1024), 422, 64 * 1024),
        (part("caption", ""), b"x" * 64 * 1024, 413, MIB + 128 * 1024),
        (part("photo", b"", "a.png")[:-2], b"X-Header: " + b"x" * 64 * 1024 + b"\r\n", 422, 128 * 1024),
    ],
    ids=["too large", "wrong type", "endless text", "endless headers"],
)
async def test_the_answer_does_not_wait_for_the_rest(tab: Tab, start: bytes, more: bytes, status: int, most: int) -> None:
    page = (await tab.open("/")).text
    browser = Sending(part("_tf", token(page)) + b"\r\n" + start, more)
    headers = {"content-type": "multipart/form-data; boundary=xyz", **SAME_ORIGIN}
    await make_app()(scope_of("POST", "/" + target(page), headers), browser.receive, browser.send)
    assert browser.status == status
    assert browser.sent_before_answer <= most
    assert browser.sent <= REST_BYTES + 2 * most  # what comes after it is read, but not for ever


@pytest.mark.parametrize("media", ["application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=xyz"])
async def test_a_limit_for_files_is_no_room_for_texts(tab: Tab, media: str) -> None:
    page = (await tab.open("/album")).text
    text = "x" * (2 * MIB)
    if media.endswith("json"):
        answer = await tab.call(note.id, {"text": text})
    else:
        fields = {"_tf": token(page, 1), "text": text}
        body = "&".join(f"{name}={value}" for name, value in fields.items()).encode()
        if "xyz" in media:
            # In parts that are small enough each.
            texts = b"".join(part("text", "x" * 500_000) + b"\r\n" for _ in range(4))
            body = part("_tf", fields["_tf"]) + b"\r\n" + texts + b"--xyz--\r\n"
        answer = await tab.client.post("/album" + target(page, 1), content=body, headers={"content-type": media})
    assert answer.status_code == 413
    assert taken == []


def files_on_disk() -> list[str]:
    """The temporary files that this process has open."""
    found = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            found.append(str(descriptor.readlink()))
    return [name for name in found if name.endswith("(deleted)") and name.startswith(gettempdir())]


LARGE = part("archive", bytes(3 * MIB), "a") + b"\r\n"


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        (LARGE + part("other", "x" * (2 * MIB)) + b"\r\n--xyz--\r\n", 413),
        (LARGE + part("other", b"\xff") + b"\r\n--xyz--\r\n", 422),
        (LARGE + LARGE + b"--xyz--\r\n", 422),
        (LARGE + part("archive", "cut of", "a"), 422),
        (LARGE + b"--xyz\r\n\r\nno name\r\n--xyz--\r\n", 422),
        (LARGE + (part("a", "") + b"\r\n") * 10_000 + b"--xyz--\r\n", 413),
        (LARGE + (part("archive", "", "") + b"\r\n") * 10_000 + b"--xyz--\r\n", 413),
        (LARGE + b"--xyz--\r\n", 303),
    ],
)
async def test_nothing_stays_on_disk(tab: Tab, parts: bytes, status: int) -> None:
    before = files_on_disk()
    page = (await tab.open("/large")).text
    body = part("_tf", token(page)) + b"\r\n" + parts
    headers = {"content-type": "multipart/form-data; boundary=xyz"}
    answer = await tab.client.post("/large" + target(page), content=body, headers=headers)
    assert answer.status_code == status
    assert files_on_disk() == before


@pytest.mark.parametrize("name", ["../../etc/passwd", "C:\\\\a.png", "a\0.png", "/", "..", "ü" * 3000, "%00", "a;b=c.png"])
async def test_a_name_is_only_a_text(tab: Tab, name: str) -> None:
    page = (await tab.open("/")).text
    body = (
        part("_tf", token(page))
        + b"\r\n"
        + part("caption", "c")
        + b"\r\n"
        + part("photo", PNG + bytes(9), name)
        + b"\r\n--xyz--\r\n"
    )
    headers = {"content-type": "multipart/form-data; boundary=xyz"}
    answer = await tab.client.post("/" + target(page), content=body, headers=headers)
    assert answer.status_code in (303, 422)
    assert [len(one) for one in taken] == ([3] if answer.status_code == 303 else [])


@pytest.mark.parametrize("length", ["1", "0", "999999999999", "-5", "x", "9" * 400])
async def test_a_length_that_lies_is_no_fault_of_the_server(tab: Tab, length: str) -> None:
    page = (await tab.open("/")).text
    sent = part("_tf", token(page)) + b"\r\n" + part("photo", PNG + bytes(MIB), "a.png") + b"\r\n--xyz--\r\n"
    headers = {"content-type": "multipart/form-data; boundary=xyz", "content-length": length, **SAME_ORIGIN}
    answer = await exchange(make_app(), "POST", "/" + target(page), headers, sent)
    assert answer.status == 413


@pytest.mark.parametrize(
    ("contents", "status", "problem"),
    [
        ([b"%PDF-1.7 and more"], 200, None),
        ([b"%PDF-1.7 and more" + bytes(2 * MIB - 17)] * 2, 200, None),
        ([b"%PDF-1.7 and more"] * 3, 422, "Must be at most 2 files"),
        ([b"%PDF-1.7 and more" + bytes(2 * MIB)], 413, "Must be at most 2 MiB"),
        ([PNG + b"and more"], 422, "Must be one of: .pdf"),
    ],
)
async def test_a_route_handler_has_the_limits_too(tab: Tab, contents: list[bytes], status: int, problem: str | None) -> None:
    answer = await tab.client.post("/api/scans", files=[("scans", ("a.pdf", content)) for content in contents])
    assert answer.status_code == status
    assert (answer.json()["fields"] if problem else None) == ({"scans": [problem]} if problem else None)


def test_a_body_that_no_file_fits_is_refused_with_the_remedy() -> None:
    async def small(photo: Annotated[UploadFile, FileLimits(2 * MIB)]) -> None: ...

    with pytest.raises(ConfigurationError, match="Leave max_body out"):
        action(max_body=2 * MIB)(small)


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
