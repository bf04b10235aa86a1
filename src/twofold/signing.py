"""The key ring, and the sealed tokens that only it can make and open.

A sealed token is confidential and authentic, made for one purpose and one context, and expires:

    ring = KeyRing(parse_secrets(environ["TWOFOLD_SECRET"]))
    token = ring.seal("form", b"{...}", context="app.actions.reserve_stock", expires_at=now + 3600)
    ring.open("form", token, context="app.actions.reserve_stock", now=now)

Its bytes, base64url without padding:

    version 1 | key id 6 | expiry 8 | nonce 12 | AES-256-GCM-SIV(payload) n + 16

The cipher's key comes from HKDF-SHA256 of one secret and the purpose. The associated data is everything before the
nonce, then purpose, context and session, each with its length in front: no two bindings have the same bytes.

Tokens do not hide the length of their payload, and nothing here prevents a replay: call keys do that.
"""

from __future__ import annotations

import hmac
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from secrets import token_hex, token_urlsafe
from struct import Struct
from typing import Final, Literal, TypeAlias

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from twofold.errors import ConfigurationError
from twofold.randomness import random_bytes

Reason: TypeAlias = Literal["malformed", "too-long", "unknown-key", "forged", "expired"]

MALFORMED: Final = "malformed"
TOO_LONG: Final = "too-long"
UNKNOWN_KEY: Final = "unknown-key"
FORGED: Final = "forged"
EXPIRED: Final = "expired"

ENVIRONMENT_VARIABLE: Final = "TWOFOLD_SECRET"
MINIMUM_SECRET_LENGTH: Final = 32
MINIMUM_DISTINCT_CHARACTERS: Final = 8
GENERATE: Final = """python -c "import secrets; print(secrets.token_urlsafe(32))\""""
"""The command that makes a good secret."""

MAX_TOKEN_LENGTH: Final = 16_384
"""Characters of a token. Longer ones are refused before anything looks inside."""

_VERSION: Final = 1
_HEAD: Final = Struct(">B6sq")
_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16
_BODY_START: Final = _HEAD.size + _NONCE_BYTES
_DIGEST_BYTES: Final = 16
_ABSENT: Final = b"\xff\xff\xff\xff"

_WELL_KNOWN: Final = """
    0123456789 1234567890 12345678 123456 abcdefghijklmnopqrstuvwxyz abcdef admin asdf change changeit changeme default
    demo dev development django do dummy example fake foobar for here in insecure insert is key letmein local me my not
    only or passphrase password placeholder please prod production qwerty qwertyuiop random replace replaceme sample
    secret string super test testing the this todo token twofold use very with xxx your
"""


class InvalidToken(Exception):
    """Refuse a token, for a named reason.

    An `expired` token is authentic: it carries its payload, so that a caller can tell a page that is too old
    from a forgery. For every other reason there is no payload.
    """

    def __init__(self, reason: Reason, payload: bytes | None = None) -> None:
        super().__init__(reason)
        self.reason: Reason = reason
        self.payload = payload


class KeyRing:
    """Seal and open tokens with a list of secrets: the first signs, all verify.

    To rotate, put the new secret in front; remove the old one when the last of its tokens has expired.

    Args:
        secrets: in order; empty ones are misuse. Only `from_environment` judges their strength.
        random_bytes: the source of nonces. GCM-SIV survives a repeated nonce: it then reveals only that
            two tokens are equal (RFC 8452 section 9).
    """

    __slots__ = ("_by_id", "_random_bytes", "_signer")

    def __init__(self, secrets: Sequence[str], *, random_bytes: Callable[[int], bytes] = random_bytes) -> None:
        if isinstance(secrets, str) or not secrets or not all(secrets):
            raise ConfigurationError(f"KeyRing takes a list of secrets, none of them empty. Make one with: {GENERATE}")
        keys = [_Key(secret) for secret in secrets]
        self._signer = keys[0]
        self._by_id = {key.id: key for key in keys}
        self._random_bytes = random_bytes

    @classmethod
    def from_environment(cls, environ: Mapping[str, str], *, mode: str, directory: Path) -> KeyRing:
        """Make the ring that an app starts with.

        Args:
            environ: `TWOFOLD_SECRET` holds the secrets, separated by commas.
            mode: production refuses to go without secrets, and refuses weak ones; development makes one
                and keeps it in `directory`/.twofold; test makes one and forgets it.
            directory: the project's root.

        Raises:
            ConfigurationError: there is no secret, a weak one, or no place to keep one.
        """
        secrets = parse_secrets(environ.get(ENVIRONMENT_VARIABLE, ""))
        if mode == "production":
            _require_strong(secrets)
        elif mode == "development":
            secrets = secrets or (_kept_secret(directory),)
        elif mode == "test":
            secrets = secrets or (token_urlsafe(32),)
        else:
            raise ConfigurationError(f"mode {mode!r} does not exist; use production, development or test")
        return cls(secrets)

    def seal(self, purpose: str, payload: bytes, *, context: str = "", session: str | None = None, expires_at: int) -> str:
        """Seal a payload for one purpose and one context.

        Args:
            purpose: what kind of token this is; a constant of the program, because its key is kept.
            context: what the token is for, such as an action id.
            session: bind to one session. A caller that must tell a changed session from a forgery keeps
                the session in the payload instead.
            expires_at: seconds since the epoch; from this second on the token is expired.

        Raises:
            ConfigurationError: the token would be longer than `MAX_TOKEN_LENGTH`.
        """
        key = self._signer
        head = _HEAD.pack(_VERSION, key.id, expires_at)
        nonce = self._random_bytes(_NONCE_BYTES)
        token = _encoded(head + nonce + key.cipher(purpose).encrypt(nonce, payload, _bound(head, purpose, context, session)))
        if len(token) > MAX_TOKEN_LENGTH:
            raise ConfigurationError(
                f"a {purpose} token of {len(token)} characters exceeds {MAX_TOKEN_LENGTH}: the payload has {len(payload)} bytes;"
                " bind an id, and read the rest on the server"
            )
        return token

    def open(self, purpose: str, token: str, *, context: str = "", session: str | None = None, now: int) -> bytes:
        """Give the payload of a token that this ring sealed for the same purpose, context and session.

        Args:
            now: seconds since the epoch.

        Raises:
            InvalidToken: with the reason; and with the payload, when all that is wrong is the time.
        """
        if len(token) > MAX_TOKEN_LENGTH:
            raise InvalidToken(TOO_LONG)
        raw = _decoded(token)
        version, key_id, expires_at = _HEAD.unpack_from(raw)
        if version != _VERSION:
            raise InvalidToken(MALFORMED)
        key = self._by_id.get(key_id)
        if key is None:
            raise InvalidToken(UNKNOWN_KEY)
        bound = _bound(raw[: _HEAD.size], purpose, context, session)
        try:
            payload = key.cipher(purpose).decrypt(raw[_HEAD.size : _BODY_START], raw[_BODY_START:], bound)
        except InvalidTag as error:
            raise InvalidToken(FORGED) from error
        if now >= expires_at:
            raise InvalidToken(EXPIRED, payload)
        return payload

    def digest(self, purpose: str, message: bytes) -> str:
        """Name a message by 22 URL-safe characters that nobody without the secret can compute.

        The first secret makes them: after a rotation the same message has another name.
        """
        return self.digests(purpose, message)[0]

    def digests(self, purpose: str, message: bytes) -> list[str]:
        """Give the names of a message under every secret, the first secret's first: to know it by a former name."""
        macs = (hmac.digest(key.digest_key(purpose), message, "sha256") for key in self._by_id.values())
        return [_encoded(mac[:_DIGEST_BYTES]) for mac in macs]


class _Key:
    """One secret, and the keys derived from it so far: one per purpose, and purposes are constants of the program."""

    __slots__ = ("_ciphers", "_digest_keys", "_secret", "id")

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode("utf-8", "surrogateescape")
        self._ciphers: dict[str, AESGCMSIV] = {}
        self._digest_keys: dict[str, bytes] = {}
        self.id = self._derived("key id", "", length_bytes=6)

    def cipher(self, purpose: str) -> AESGCMSIV:
        cipher = self._ciphers.get(purpose)
        if cipher is None:
            cipher = self._ciphers[purpose] = AESGCMSIV(self._derived("seal", purpose))
        return cipher

    def digest_key(self, purpose: str) -> bytes:
        key = self._digest_keys.get(purpose)
        if key is None:
            key = self._digest_keys[purpose] = self._derived("digest", purpose)
        return key

    def _derived(self, use: str, purpose: str, *, length_bytes: int = 32) -> bytes:
        """Source: RFC 5869. No salt: the secrets are required to be strong, and two processes must agree."""
        return HKDF(SHA256(), length_bytes, salt=None, info=_bound(b"twofold", use, purpose)).derive(self._secret)


def parse_secrets(text: str) -> tuple[str, ...]:
    """Split the comma-separated secrets of an environment variable; blanks around and between them do not count."""
    return tuple(secret for part in text.split(",") if (secret := part.strip()))


def weakness(secret: str) -> str | None:
    """Say what makes a secret guessable, or None.

    It catches placeholders and habits; it cannot prove strength. `GENERATE` makes a strong one.
    """
    if _is_well_known(secret):
        return "is made of well-known words"
    if len(secret) < MINIMUM_SECRET_LENGTH:
        return f"is shorter than {MINIMUM_SECRET_LENGTH} characters"
    if len(set(secret)) < MINIMUM_DISTINCT_CHARACTERS:
        return f"has fewer than {MINIMUM_DISTINCT_CHARACTERS} different characters"
    if _repeats(secret):
        return "repeats itself"
    return None


def _is_well_known(secret: str) -> bool:
    letters = "".join(filter(str.isalnum, secret.lower()))
    rest = letters
    # Longest first, so that "change" does not leave half of "changeme" behind.
    for word in sorted(_WELL_KNOWN.split(), key=len, reverse=True):
        rest = rest.replace(word, " ")
    return len(rest.replace(" ", "")) * 2 < len(letters)


def _repeats(secret: str) -> bool:
    return any(secret[period:] == secret[:-period] for period in range(1, MINIMUM_SECRET_LENGTH) if period <= len(secret) // 2)


def _require_strong(secrets: Sequence[str]) -> None:
    if not secrets:
        raise ConfigurationError(f"production needs {ENVIRONMENT_VARIABLE}, and it is not set. Make a secret with: {GENERATE}")
    for number, secret in enumerate(secrets, start=1):
        # Old secrets count as well: whoever guesses one that still verifies can forge tokens.
        if reason := weakness(secret):
            where = f"{ENVIRONMENT_VARIABLE}: secret {number} of {len(secrets)}"
            raise ConfigurationError(f"{where} {reason}. Make a secret with: {GENERATE}")


def _kept_secret(directory: Path) -> str:
    path = directory / ".twofold" / "secret"
    try:
        if not path.exists():
            _keep_new_secret(path)
        secret = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"cannot keep a development secret in {path}: {error}. Set {ENVIRONMENT_VARIABLE} instead"
        ) from error
    if reason := weakness(secret):
        raise ConfigurationError(f"the development secret in {path} {reason}. Delete the file to get a new one")
    return secret


def _keep_new_secret(path: Path) -> None:
    """Create the file whole and once: of two processes that start together, one wins and both read the winner's."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Before the secret, so that there is no moment in which git would add it.
    (path.parent / ".gitignore").write_text("*\n", encoding="utf-8")
    draft = path.with_name(f"secret.{token_hex(8)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(token_urlsafe(32) + "\n")
        # A link, unlike a rename, never replaces the secret that another process may already use.
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _bound(head: bytes, *parts: str | None) -> bytes:
    """Join parts so that different lists never have the same bytes: each has its length in front, None has its own mark."""
    pieces = [head]
    for part in parts:
        if part is None:
            pieces.append(_ABSENT)
        else:
            raw = part.encode("utf-8", "surrogatepass")
            pieces += (len(raw).to_bytes(4, "big"), raw)
    return b"".join(pieces)


def _encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _decoded(token: str) -> bytes:
    try:
        raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError as error:  # not ASCII, or a length that no bytes have
        raise InvalidToken(MALFORMED) from error
    # The decoder skips foreign characters and ignores the last character's spare bits; a second spelling
    # of a valid token would pass. There is one spelling.
    if _encoded(raw) != token or len(raw) < _BODY_START + _TAG_BYTES:
        raise InvalidToken(MALFORMED)
    return raw
