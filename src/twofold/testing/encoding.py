"""The body of a submitted form, byte for byte as browsers write it.

Source: WHATWG HTML section 4.10.21.8 (multipart) and URL section 5.2 (urlencoded).
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import urlencode

_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class File:
    """One file of a submission; one without a name stands for none chosen, as browsers send it."""

    name: str = ""
    content: bytes = b""
    media_type: str = "application/octet-stream"


Entry: TypeAlias = tuple[str, str | File]
"""One name and value of a submission."""


def encoded(entries: Sequence[Entry], enctype: str) -> tuple[str, bytes]:
    """Give the content type and the body.

    Args:
        enctype: the form's; anything but multipart is urlencoded, where of a file only the name is sent.
    """
    if enctype == "multipart/form-data":
        boundary = f"----twofold{secrets.token_hex(16)}"
        return f"{enctype}; boundary={boundary}", _multipart(entries, boundary)
    return "application/x-www-form-urlencoded", query_of(entries).encode("ascii")


def query_of(entries: Sequence[Entry]) -> str:
    """Give the entries as a query string."""
    return urlencode([(_normal(name), value.name if isinstance(value, File) else _normal(value)) for name, value in entries])


def _multipart(entries: Sequence[Entry], boundary: str) -> bytes:
    parts = [b"--%b\r\n%b\r\n" % (boundary.encode(), _part(_normal(name), value)) for name, value in entries]
    return b"".join(parts) + b"--%b--\r\n" % boundary.encode()


def _part(name: str, value: str | File) -> bytes:
    head = f'Content-Disposition: form-data; name="{_quoted(name)}"'
    if isinstance(value, str):
        return f"{head}\r\n\r\n{_normal(value)}".encode()
    return f'{head}; filename="{_quoted(value.name)}"\r\nContent-Type: {value.media_type}\r\n\r\n'.encode() + value.content


def _quoted(text: str) -> str:
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _normal(text: str) -> str:
    return _LINE_END.sub("\r\n", text)
