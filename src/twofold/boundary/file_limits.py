"""What an uploaded file may be: how large, and of which type, told by its content and not by what the client says."""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass

from starlette.datastructures import Headers, UploadFile

from twofold.errors import ConfigurationError

MEBIBYTE = 1024 * 1024
SIGNATURE_BYTES = 12

_STARTS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"GIF8", "image/gif"), (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
)  # fmt: skip
_TOLD_APART = frozenset({kind for _, kind in _STARTS} | {"image/webp"})
_ZIPPED = ("application/vnd.openxmlformats-", "application/vnd.oasis.", "application/epub+zip", "application/java-archive")


@dataclass(frozen=True, slots=True)
class FileLimits:
    """Limit an uploaded file: `photo: Annotated[UploadFile, FileLimits(2_000_000, accept=("image/png", "image/jpeg"))]`.

    A file that does not fit is refused before the rest of it has arrived.

    Args:
        max_bytes: its size.
        accept: media types (`image/png`), kinds of them (`image/*`) and file name extensions (`.csv`); empty for all. Types
            that have a signature (PNG, JPEG, GIF, WebP, PDF, ZIP) are told by the file's first bytes, also in `content_type`.
        max_files: how many a list takes.

    Raises:
        ConfigurationError: a limit that no file fits, or a type that is none.
    """

    max_bytes: int
    accept: tuple[str, ...] = ()
    max_files: int = 10

    def __post_init__(self) -> None:
        for name in ("max_bytes", "max_files"):
            number = getattr(self, name)
            if isinstance(number, bool) or not isinstance(number, int) or number < 1:
                raise ConfigurationError(f"FileLimits({name}={number!r}): write a whole number, at least 1")
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

    @property
    def too_many(self) -> str:
        """The message for more files than one name takes."""
        return "Must be one file" if self.max_files == 1 else f"Must be at most {self.max_files} files"

    @property
    def wrong_type(self) -> str:
        """The message for a file of another type."""
        return f"Must be one of: {', '.join(self.accept)}"

    @property
    def all_bytes(self) -> int:
        """What all files of the name may take together."""
        return self.max_bytes * self.max_files

    def problem(self, file: UploadFile) -> str | None:
        """Give what is wrong with a file that has arrived. Its `content_type` is what its content says from here on."""
        if (file.size or 0) > self.max_bytes:
            return self.too_large
        if not self.accept:
            return None
        file.file.seek(0)
        start = file.file.read(SIGNATURE_BYTES)
        file.file.seek(0)
        if not self.accepts(start, file):
            return self.wrong_type
        file.headers = Headers({**file.headers, "content-type": kind_of(start, file)})
        return None

    def accepts(self, start: bytes, file: UploadFile) -> bool:
        """Say whether a file is of an accepted type.

        Args:
            start: its first bytes, which may be all that has arrived.
        """
        kind, name = kind_of(start, file), (file.filename or "").lower()
        return not self.accept or any(_is(kind, name, one) for one in self.accept)


def kind_of(start: bytes, file: UploadFile) -> str:
    """Give a file's media type: by its first bytes, or as the client says where those tell nothing.

    Source: WHATWG MIME Sniffing, section 6.
    """
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
