"""Read the two form encodings of HTML into pairs and files, within limits and without guessing at broken input.

Source: https://url.spec.whatwg.org/#application/x-www-form-urlencoded; RFC 7578 for multipart/form-data.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from twofold.boundary.file_limits import SIGNATURE_BYTES, FileLimits
from twofold.errors import Failure, TooLarge, ValidationFailed

_BROKEN_PERCENT = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_CHARSET = re.compile(r';\s*charset\s*=\s*"?([^\s;"]*)', re.IGNORECASE)
_BOUNDARY = re.compile(r';\s*boundary\s*=\s*(?:"([^"]{1,70})"|([^\s;"]{1,70}))', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FormLimits:
    """What one form may cost.

    Attributes:
        body_bytes: the whole body, files included; counted while it streams.
        fields: pairs of name and value.
        files: uploaded files.
        field_bytes: one text value of a multipart form.
        by_name: limits of the files of some names.
        rest_bytes: the body without those files; as much as the body when left out.
    """

    body_bytes: int = 1024 * 1024
    fields: int = 1000
    files: int = 100
    field_bytes: int = 1024 * 1024
    by_name: Mapping[str, FileLimits] = field(default_factory=dict)
    rest_bytes: int | None = None


DEFAULT_LIMITS = FormLimits()


@dataclass(slots=True)
class FormInput:
    """A form as it came: text pairs in order, and files spooled to disk. Close it after the call.

    Attributes:
        refusal: says which file exceeds its limits. The form was read no further: it has the texts that came before.
    """

    pairs: list[tuple[str, str]] = field(default_factory=list)
    files: list[tuple[str, UploadFile]] = field(default_factory=list)
    refusal: Failure | None = None

    async def close(self) -> None:
        """Close the uploaded files, which removes them from disk."""
        for _, file in self.files:
            await file.close()


def parse_urlencoded(raw: bytes, limits: FormLimits = DEFAULT_LIMITS, *, content_type: str = "") -> FormInput:
    """Read `application/x-www-form-urlencoded`.

    Args:
        content_type: the header's value, for its charset.

    Raises:
        TooLarge: a limit is exceeded.
        ValidationFailed: broken percent encoding, or not UTF-8.
    """
    _require_utf8(content_type)
    if len(raw) > limits.body_bytes:
        raise TooLarge
    if raw.count(b"&") >= limits.fields:
        raise TooLarge("The form has too many fields")
    if _BROKEN_PERCENT.search(raw):
        raise malformed("broken percent encoding")
    try:
        return FormInput([_pair(part) for part in raw.split(b"&") if part])
    except UnicodeDecodeError:
        raise malformed("not UTF-8") from None


def _pair(part: bytes) -> tuple[str, str]:
    name, _, value = part.partition(b"=")
    return _decoded(name), _decoded(value)


def _decoded(raw: bytes) -> str:
    return unquote_to_bytes(raw.replace(b"+", b" ")).decode("utf-8")


async def parse_multipart(content_type: str, stream: AsyncIterable[bytes], limits: FormLimits = DEFAULT_LIMITS) -> FormInput:
    """Read `multipart/form-data`; files go to disk, and are gone again when the form is refused.

    Args:
        content_type: the header's value, for boundary and charset.
        stream: the body in pieces of any size.

    Raises:
        TooLarge: a limit is exceeded.
        ValidationFailed: no boundary, broken parts, a truncated body, or not UTF-8.
    """
    _require_utf8(content_type)
    if not content_type.isascii() or not _BOUNDARY.search(content_type):
        raise malformed("no boundary")
    parser = _StrictParser(content_type, stream, limits)
    try:
        form = await parser.parse()
    except _FileRefused as refused:
        return FormInput(parser.texts, refusal=refused.failure)
    except MultiPartException as error:
        raise malformed(error.message) from None
    if not parser.is_complete:
        parser.discard()
        raise malformed("the body ends before its last boundary")
    items = form.multi_items()
    return FormInput(
        [(name, value) for name, value in items if isinstance(value, str)],
        [(name, value) for name, value in items if not isinstance(value, str)],
    )


class _FileRefused(Exception):
    def __init__(self, failure: Failure) -> None:
        super().__init__(failure)
        self.failure = failure


class _StrictParser(MultiPartParser):
    """Starlette's parser, without its silent fall back to Latin-1, with its limits as 413, and with limits of single files."""

    def __init__(self, content_type: str, stream: AsyncIterable[bytes], limits: FormLimits) -> None:
        headers = Headers({"content-type": content_type})
        unlimited = float("inf")
        counted = self._counted(stream)
        super().__init__(headers, counted, max_files=unlimited, max_fields=unlimited, max_part_size=limits.field_bytes)
        self.is_complete = False
        self._limits = limits
        self._named: Counter[str] = Counter()
        self._limited_bytes = 0
        self._file_bytes = 0
        self._start = b""

    @property
    def texts(self) -> list[tuple[str, str]]:
        """The text parts that are complete."""
        return [(name, value) for name, value in self.items if isinstance(value, str)]

    def on_part_begin(self) -> None:
        self._file_bytes = 0
        self._start = b""
        super().on_part_begin()

    async def _counted(self, stream: AsyncIterable[bytes]) -> AsyncGenerator[bytes, None]:
        size = 0
        async for chunk in stream:
            size += len(chunk)
            if size > self._limits.body_bytes:
                raise TooLarge
            yield chunk
            # Here it is parsed, and known how much of it belongs to no limited file.
            if self._limits.rest_bytes is not None and size - self._limited_bytes > self._limits.rest_bytes:
                raise TooLarge

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        part = self._current_part
        if part.file is None and len(part.data) + end - start > self._limits.field_bytes:
            raise TooLarge("A form field is too large")
        if part.file is not None and part.field_name in self._limits.by_name:
            self._check_file(part.field_name, part.file, data[start:end])
        super().on_part_data(data, start, end)

    def _check_file(self, name: str, file: UploadFile, data: bytes) -> None:
        limits = self._limits.by_name[name]
        self._limited_bytes += len(data)
        self._file_bytes += len(data)
        if len(self._start) < SIGNATURE_BYTES:
            self._start = (self._start + data)[:SIGNATURE_BYTES]
            # A file that is shorter is complete before anybody needs to know.
            if len(self._start) == SIGNATURE_BYTES and not limits.accepts(self._start, file):
                raise _FileRefused(ValidationFailed(fields={name: [limits.wrong_type]}))
        if self._file_bytes > limits.max_bytes:
            raise _FileRefused(TooLarge("A file is too large", fields={name: [limits.too_large]}))

    def on_part_end(self) -> None:
        _require_text(self._current_part.data)
        super().on_part_end()

    def on_headers_finished(self) -> None:
        _require_text(self._current_part.content_disposition or b"")
        super().on_headers_finished()
        if self._current_files > self._limits.files:
            raise TooLarge("The form has too many files")
        if self._current_fields > self._limits.fields:
            raise TooLarge("The form has too many fields")
        file, name = self._current_part.file, self._current_part.field_name
        if file is not None and file.filename and name in self._limits.by_name:
            self._begin_file(name, self._limits.by_name[name])

    def _begin_file(self, name: str, limits: FileLimits) -> None:
        self._named[name] += 1
        if self._named[name] > limits.max_files:
            raise _FileRefused(ValidationFailed(fields={name: [limits.too_many]}))

    def discard(self) -> None:
        """Close the files, a half-read one included, which removes them from disk."""
        for file in self._files_to_close_on_error:
            file.close()

    def on_end(self) -> None:
        self.is_complete = True
        super().on_end()


def _require_text(raw: bytes | bytearray) -> None:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        raise malformed("not UTF-8") from None


def _require_utf8(content_type: str) -> None:
    declared = _CHARSET.search(content_type)
    if declared and declared.group(1).lower() not in ("utf-8", "utf8"):
        raise malformed("the charset is not UTF-8")


def malformed(details: str) -> ValidationFailed:
    """Give the refusal of a form that cannot be read."""
    return ValidationFailed(fields={"": ["Not a valid form"]}, details=details)
