"""What makes two requests the same call: the key its sender chose, who sent it where, and what was sent."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from twofold.errors import ValidationFailed

HEADER = "Idempotency-Key"
MAX_KEY_LENGTH = 255

# https://www.rfc-editor.org/rfc/rfc8941#section-3.3.3: printable ASCII, with `"` and `\` escaped.
QUOTED = re.compile(r'"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"', re.ASCII)
BARE = re.compile(r"[A-Za-z0-9_.:-]+", re.ASCII)


def parse_key(values: Sequence[str]) -> str | None:
    """Read the call key out of the values of all `Idempotency-Key` headers of a request.

    A key reads the same with and without quotes.

    Returns:
        The key, or None when there is no such header.

    Raises:
        ValidationFailed: more than one header, or a value that is neither an RFC 8941 string nor a bare token
            `[A-Za-z0-9_.:-]`, of 1 to 255 characters.
    """
    if not values:
        return None
    if len(values) > 1:
        raise _refused("Must be sent once")
    key = _unquoted(values[0].strip(" \t"))
    if key is None:
        raise _refused("Must be a quoted string, or letters, digits and _ . : -")
    if not 1 <= len(key) <= MAX_KEY_LENGTH:
        raise _refused(f"Must be 1 to {MAX_KEY_LENGTH} characters")
    return key


def identity(principal: str | None, method: str, route: str, key: str) -> str:
    """Name a call: a fixed-length digest that tells apart any two different sets of arguments.

    Args:
        principal: who calls: a user, an API key's owner, a webhook's provider, an anonymous session. None only
            where the key itself cannot be guessed, because whoever knows it is answered with the outcome.
        route: the template (`/products/{sku}`), or the action id.
    """
    caller = "anonymous" if principal is None else f"={principal}"
    # The lengths keep ("ab", "c") and ("a", "bc") apart.
    text = f"{len(caller)}:{caller}{len(method)}:{method}{len(route)}:{route}{len(key)}:{key}"
    return hashlib.sha256(_utf8(text)).hexdigest()


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a multipart body.

    Args:
        sha256: the digest of the content.
    """

    name: str
    filename: str | None
    media_type: str | None
    sha256: bytes


def fingerprint(
    *, method: str, path: str, query: str = "", media_type: str = "", body: object = None, parts: Sequence[Part] | None = None
) -> bytes:
    """Digest what was sent, so that a key sent again with another payload is noticed.

    Args:
        path: the concrete one, not the template.
        media_type: its parameters do not count, because a retry of a multipart request has a new boundary.
        body: the parsed JSON tree, whose spacing and member order do not count, or the raw `bytes`.
        parts: of a multipart or urlencoded body, in the order sent; instead of `body`.
    """
    essence = media_type.partition(";")[0].strip().lower()
    request = (_utf8(text) for text in (method, path, query, essence))
    return _digest([*request, *(_body(body) if parts is None else _form(parts))])


def _body(body: object) -> Iterable[bytes]:
    if isinstance(body, bytes):
        return b"raw", body
    return b"json", json.dumps(body, sort_keys=True, separators=(",", ":"), allow_nan=False).encode("ascii")


def _form(parts: Sequence[Part]) -> Iterable[bytes]:
    yield b"parts"
    for part in parts:
        yield _utf8(part.name)
        for optional in (part.filename, part.media_type):
            yield b"" if optional is None else b"=" + _utf8(optional)
        yield part.sha256


def _digest(fields: Iterable[bytes]) -> bytes:
    # The length in front keeps ("ab", "c") and ("a", "bc") apart.
    return hashlib.sha256(b"".join([b"%d:%b" % (len(field), field) for field in fields])).digest()


def _utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        # Query strings decoded by others may hold lone surrogates: they are digested, never sent.
        return text.encode("utf-8", "surrogatepass")


def _unquoted(value: str) -> str | None:
    if len(value) > 2 * MAX_KEY_LENGTH + 2:
        return value  # longer than any key with every character escaped: the length check refuses it
    if quoted := QUOTED.fullmatch(value):
        return re.sub(r"\\(.)", r"\1", quoted[1])
    return value if BARE.fullmatch(value) else None


def _refused(message: str) -> ValidationFailed:
    return ValidationFailed(f"The {HEADER} header is not valid", fields={HEADER: [message]})
