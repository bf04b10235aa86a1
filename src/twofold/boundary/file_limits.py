"""What an uploaded file may be: how large, and of which type, told by its content and not by what the client says."""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass

from starlette.datastructures import Headers, UploadFile

from twofold.errors import ConfigurationError

MEBIBYTE = 1024 * 1024

_STARTS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"GIF8", "image/gif"), (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
)  # fmt: skip
_TOLD_APART = frozenset({kind for _, kind in _STARTS} | {"image/webp"})
_ZIPPED = ("application/vnd.openxmlformats-", "application/vnd.oasis.", "application/epub+zip", "application/java-archive")


@dataclass(frozen=True, slots=True)
class FileLimits:
    """Limit an uploaded file: `photo: Annotated[UploadFile, FileLimits(2_000_000, accept=("image/png", "image/jpeg"))]`.

    In a form of an action a file that is too large is refused before the rest of it has arrived.

    Args:
        max_bytes: its size.
        accept: media types (`image/png`), kinds of them (`image/*`) and file name extensions (`.csv`); empty for all. Types
            that have a signature (PNG, JPEG, GIF, WebP, PDF, ZIP) are told by the file's first bytes, also in `content_type`.

    Raises:
        ConfigurationError: a limit that no file fits, or a type that is none.
    """

    max_bytes: int
    accept: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if isinstance(self.max_bytes, bool) or not isinstance(self.max_bytes, int) or self.max_bytes < 1:
            raise ConfigurationError(f"FileLimits(max_bytes={self.max_bytes!r}): write a number of bytes, at least 1")
        if isinstance(self.accept, str):
            raise ConfigurationError(f"FileLimits(accept={self.accept!r}) is one text: write accept=({self.accept!r},)")
        for one in self.accept:
            if not (one.startswith(".") or one.count("/") == 1) or one != one.strip().lower() or "," in one:
                raise ConfigurationError(
                    f"FileLimits(accept=...): {one!r} is no media type (image/png, image/*) and no .extension"
                )

    @property
    def too_large(self) -> str:
        """The message for a file that is too large."""
        if self.max_bytes % MEBIBYTE == 0:
            return f"Must be at most {self.max_bytes // MEBIBYTE} MiB"
        return f"Must be at most {self.max_bytes:,} bytes"

    def problem(self, file: UploadFile) -> str | None:
        """Give what is wrong with a file that has arrived. Its `content_type` is what its content says from here on."""
        if (file.size or 0) > self.max_bytes:
            return self.too_large
        if not self.accept:
            return None
        kind, name = kind_of(file), (file.filename or "").lower()
        if not any(_is(kind, name, one) for one in self.accept):
            return f"Must be one of: {', '.join(self.accept)}"
        file.headers = Headers({**file.headers, "content-type": kind})
        return None


def kind_of(file: UploadFile) -> str:
    """Give a file's media type: by its first bytes, or as the client says where those tell nothing.

    Source: WHATWG MIME Sniffing, section 6.
    """
    file.file.seek(0)
    start = file.file.read(12)
    file.file.seek(0)
    said = (file.content_type or "").partition(";")[0].strip().lower()
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "image/webp"
    seen = next((kind for prefix, kind in _STARTS if start.startswith(prefix)), None)
    if seen == "application/zip" and said.startswith(_ZIPPED):
        return said  # office documents are archives
    if seen is None and said in _TOLD_APART:
        return "application/octet-stream"
    return seen or said


def _is(kind: str, name: str, accepted: str) -> bool:
    if not accepted.startswith("."):
        return kind.startswith(accepted[:-1]) if accepted.endswith("/*") else kind == accepted
    expected = mimetypes.guess_type(f"file{accepted}")[0]
    is_contradicted = (expected in _TOLD_APART or kind in _TOLD_APART) and expected != kind
    return name.endswith(accepted) and not is_contradicted
