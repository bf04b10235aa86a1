"""A small app that takes files, for tests of their limits; run as a program it serves itself."""

from __future__ import annotations

import socket
import sys
from pathlib import Path
from typing import Annotated

import uvicorn
from annotated_types import MaxLen
from markupsafe import Markup

from twofold import App, FileLimits, Settings, UploadFile, action

MIB = 1024 * 1024
taken: list[tuple[str, str, int]] = []


@action
async def add(caption: Annotated[str, MaxLen(80)], photo: Annotated[UploadFile, FileLimits(MIB, accept=("image/png",))]) -> str:
    taken.append((caption, photo.filename or "", photo.size or 0))
    return caption


@action
async def album(photos: Annotated[list[UploadFile], FileLimits(MIB, accept=("image/*",), max_files=2)]) -> int:
    taken.extend(("album", photo.filename or "", photo.size or 0) for photo in photos)
    return len(photos)


@action(export=True)
async def note(text: str, scan: Annotated[UploadFile | None, FileLimits(50 * MIB)] = None) -> int:
    taken.append(("note", scan.filename or "" if scan else "", len(text)))
    return len(text)


@action
async def store(archive: Annotated[UploadFile, FileLimits(220 * MIB)]) -> int:
    read = 0
    while chunk := await archive.read(256 * 1024):
        read += len(chunk)
    return read


@action
def peak() -> int:
    """Give the largest resident memory of this process, in KiB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def make_app() -> App:
    app = App(settings=Settings(mode="production", secrets="b7Xq2mN9vK4rT8wY1zA6cE3gH5jL0pSd", live=False))

    @app.page("/")
    async def page() -> Markup:
        form = add.form()
        caption, photo = form.field("caption"), form.field("photo")
        return Markup(
            "<html lang=en><head><title>Upload</title></head><body><form {}>{}<input {}><input {}><p id={}>{}</p>"
            "<progress data-tf-progress></progress><button>Send</button><button type=button data-tf-cancel>Stop</button>"
            "<output>{}</output><strong>{}</strong></form></body></html>"
        ).format(
            form.attrs, form.hidden, caption.attrs, photo.attrs, photo.error_id, " ".join(photo.errors),
            form.result or "", form.error.message if form.error else "",
        )  # fmt: skip

    @app.page("/album")
    async def pictures() -> Markup:
        form, other = album.form(), note.form()
        photos = form.field("photos")
        return Markup(
            "<html><body><form {}>{}<input {}><p>{}</p></form><form {}>{}<p>{}</p></form></body></html>"
        ).format(
            form.attrs, form.hidden, photos.attrs, " ".join(photos.errors),
            other.attrs, other.hidden, other.error.message if other.error else "",
        )  # fmt: skip

    @app.post("/api/scans")
    async def scan(scans: list[Annotated[UploadFile, FileLimits(2 * MIB, accept=(".pdf",), max_files=2)]]) -> list[int]:
        return [one.size or 0 for one in scans]

    @app.page("/large")
    async def large() -> Markup:
        form, other = store.form(), peak.form()
        return Markup(
            "<html><body><form {}>{}<output>{}</output></form><form {}>{}<output>{}</output></form></body></html>"
        ).format(form.attrs, form.hidden, form.result or "", other.attrs, other.hidden, other.result or "")

    return app


if __name__ == "__main__":
    config = uvicorn.Config(make_app(), log_level="warning", timeout_graceful_shutdown=1)
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=int(sys.argv[1]))])
