from __future__ import annotations

import hmac
import os
import stat
import subprocess
import sys
from base64 import urlsafe_b64decode, urlsafe_b64encode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from twofold.errors import ConfigurationError
from twofold.signing import (
    EXPIRED,
    FORGED,
    MALFORMED,
    MAX_TOKEN_LENGTH,
    TOO_LONG,
    UNKNOWN_KEY,
    InvalidToken,
    KeyRing,
    parse_secrets,
    weakness,
)

OLD = "old-LqV8wq2mT0nY5bR7cX1zK9dF4gH6jP3s"
NEW = "new-Zk4Yp9Wc2Nx7Qa1Sv8Ud5Rf0Tg3Bh6Jm"
PURPOSE = "form"
CONTEXT = "app.actions.reserve_stock"
PAYLOAD = b'{"key":"abc","bound":{"sku":"A-1"}}'
NOW = 1_800_000_000


def sealed(ring: KeyRing, *, session: str | None = None, expires_at: int = NOW + 60) -> str:
    return ring.seal(PURPOSE, PAYLOAD, context=CONTEXT, session=session, expires_at=expires_at)


def reason_of(ring: KeyRing, token: str, *, purpose: str = PURPOSE, context: str = CONTEXT, session: str | None = None) -> str:
    """Open the token, which must fail, and without the payload unless it is merely expired."""
    with pytest.raises(InvalidToken) as caught:
        ring.open(purpose, token, context=context, session=session, now=NOW)
    assert (caught.value.payload is not None) == (caught.value.reason == EXPIRED)
    assert str(caught.value) == caught.value.reason
    return caught.value.reason


@pytest.fixture
def ring() -> KeyRing:
    return KeyRing([OLD])


def test_sealed_payload_comes_back(ring: KeyRing) -> None:
    assert ring.open(PURPOSE, sealed(ring), context=CONTEXT, now=NOW) == PAYLOAD


def test_empty_payload_comes_back(ring: KeyRing) -> None:
    token = ring.seal(PURPOSE, b"", expires_at=NOW + 1)

    assert ring.open(PURPOSE, token, now=NOW) == b""


def test_token_is_url_safe_text_that_hides_its_payload(ring: KeyRing) -> None:
    token = sealed(ring)

    assert token.isascii()
    assert token.replace("-", "").replace("_", "").isalnum()
    assert b"sku" not in urlsafe_b64decode(token + "=" * (-len(token) % 4))


def test_two_tokens_of_one_payload_differ(ring: KeyRing) -> None:
    assert sealed(ring) != sealed(ring)


def test_token_has_the_documented_bytes() -> None:
    """A second implementation, from the module's description and RFC 5869, opens the same token."""
    ring = KeyRing([OLD], random_bytes=lambda size: bytes(range(size)))
    token = sealed(ring, session="s1")
    raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))

    def framed(*parts: bytes) -> bytes:
        return b"".join(len(part).to_bytes(4, "big") + part for part in parts)

    def hkdf(use: bytes, purpose: bytes, length: int) -> bytes:
        extracted = hmac.digest(bytes(32), OLD.encode(), "sha256")
        return hmac.digest(extracted, b"twofold" + framed(use, purpose) + b"\x01", "sha256")[:length]

    assert raw[0] == 1
    assert raw[1:7] == hkdf(b"key id", b"", 6)
    assert int.from_bytes(raw[7:15], "big") == NOW + 60
    assert raw[15:27] == bytes(range(12))
    bound = raw[:15] + framed(PURPOSE.encode(), CONTEXT.encode(), b"s1")
    assert AESGCMSIV(hkdf(b"seal", PURPOSE.encode(), 32)).decrypt(raw[15:27], raw[27:], bound) == PAYLOAD


def test_every_bit_flip_is_refused(ring: KeyRing) -> None:
    token = sealed(ring)
    raw = bytearray(urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    seen = set()
    for position in range(len(raw) * 8):
        raw[position // 8] ^= 1 << position % 8
        seen.add(reason_of(ring, urlsafe_b64encode(raw).rstrip(b"=").decode()))
        raw[position // 8] ^= 1 << position % 8

    assert seen == {MALFORMED, UNKNOWN_KEY, FORGED}


def test_every_changed_character_is_refused(ring: KeyRing) -> None:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=. \n\x00é"
    for payload_length in range(3):  # every number of spare bits in the last character
        token = ring.seal(PURPOSE, b"x" * payload_length, expires_at=NOW + 60)
        for position, original in enumerate(token):
            for character in alphabet:
                if character != original:
                    reason_of(ring, token[:position] + character + token[position + 1 :], context="")


def test_every_truncation_is_refused(ring: KeyRing) -> None:
    token = sealed(ring)
    for length in range(len(token)):
        assert reason_of(ring, token[:length]) in {MALFORMED, FORGED}
        reason_of(ring, token[length + 1 :])


@pytest.mark.parametrize("extra", ["A", "=", "==", "====", " ", "\n", "\x00", "é", "\ud800", "!"])
def test_anything_added_is_refused(ring: KeyRing, extra: str) -> None:
    token = sealed(ring)

    assert reason_of(ring, token + extra) in {MALFORMED, FORGED}
    reason_of(ring, extra + token)
    reason_of(ring, token[:20] + extra + token[20:])


def test_token_of_another_purpose_is_refused(ring: KeyRing) -> None:
    assert reason_of(ring, sealed(ring), purpose="session") == FORGED


def test_token_of_another_action_is_refused(ring: KeyRing) -> None:
    assert reason_of(ring, sealed(ring), context="app.actions.cancel") == FORGED


@pytest.mark.parametrize(("sealed_for", "opened_for"), [("s1", "s2"), ("s1", None), (None, "s1"), ("", None), (None, "")])
def test_token_of_another_session_is_refused(ring: KeyRing, sealed_for: str | None, opened_for: str | None) -> None:
    assert reason_of(ring, sealed(ring, session=sealed_for), session=opened_for) == FORGED


def test_token_opens_in_its_own_session(ring: KeyRing) -> None:
    assert ring.open(PURPOSE, sealed(ring, session="s1"), context=CONTEXT, session="s1", now=NOW) == PAYLOAD


@pytest.mark.parametrize(
    ("context", "session", "other_context", "other_session"),
    [
        ("ab", "c", "a", "bc"),
        ("ab", "", "", "ab"),
        ("", "ab", "ab", ""),
        ("a\x00\x00\x00\x01b", "", "a", "b"),
        ("a\x00\x00\x00\x00", None, "a", ""),
    ],
)
def test_bindings_do_not_run_into_each_other(
    ring: KeyRing, context: str, session: str | None, other_context: str, other_session: str | None
) -> None:
    token = ring.seal(PURPOSE, PAYLOAD, context=context, session=session, expires_at=NOW + 60)

    assert ring.open(PURPOSE, token, context=context, session=session, now=NOW) == PAYLOAD
    assert reason_of(ring, token, context=other_context, session=other_session) == FORGED


def test_token_of_another_ring_is_refused(ring: KeyRing) -> None:
    assert reason_of(KeyRing([NEW]), sealed(ring)) == UNKNOWN_KEY


@pytest.mark.parametrize(
    ("expires_at", "is_expired"), [(NOW + 1, False), (NOW, True), (NOW - 1, True), (0, True), (-1, True), (2**62, False)]
)
def test_token_expires_at_its_second(ring: KeyRing, expires_at: int, is_expired: bool) -> None:
    token = sealed(ring, expires_at=expires_at)
    if is_expired:
        assert reason_of(ring, token) == EXPIRED
    else:
        assert ring.open(PURPOSE, token, context=CONTEXT, now=NOW) == PAYLOAD


def test_expired_token_carries_its_payload(ring: KeyRing) -> None:
    with pytest.raises(InvalidToken) as caught:
        ring.open(PURPOSE, sealed(ring, expires_at=NOW), context=CONTEXT, now=NOW)

    assert caught.value.payload == PAYLOAD


def test_expired_token_of_another_action_is_forged_and_not_merely_expired(ring: KeyRing) -> None:
    assert reason_of(ring, sealed(ring, expires_at=NOW), context="app.actions.cancel") == FORGED


def test_first_secret_signs_and_all_verify() -> None:
    rotating = KeyRing([NEW, OLD])

    assert rotating.open(PURPOSE, sealed(KeyRing([OLD])), context=CONTEXT, now=NOW) == PAYLOAD
    assert KeyRing([NEW]).open(PURPOSE, sealed(rotating), context=CONTEXT, now=NOW) == PAYLOAD


def test_removed_secret_is_refused() -> None:
    assert reason_of(KeyRing([OLD]), sealed(KeyRing([NEW, OLD]))) == UNKNOWN_KEY
    assert reason_of(KeyRing([NEW]), sealed(KeyRing([OLD]))) == UNKNOWN_KEY


def test_repeated_secret_is_one_secret() -> None:
    assert KeyRing([OLD, OLD]).open(PURPOSE, sealed(KeyRing([OLD])), context=CONTEXT, now=NOW) == PAYLOAD


@pytest.mark.parametrize("garbage", ["A" * 1_000_000, "\x00" * 1_000_000, "é" * 1_000_000, "A" * (MAX_TOKEN_LENGTH + 1)])
def test_megabytes_are_refused_by_their_length(ring: KeyRing, garbage: str) -> None:
    assert reason_of(ring, garbage) == TOO_LONG


@pytest.mark.parametrize(
    "garbage", ["", "A", "AAAA", "null", "[object Object]", "\ud800", "A" * MAX_TOKEN_LENGTH, "=" * 64, "é" * 80]
)
def test_garbage_is_malformed(ring: KeyRing, garbage: str) -> None:
    assert reason_of(ring, garbage) == MALFORMED


def test_payload_that_makes_too_long_a_token_is_misuse(ring: KeyRing) -> None:
    with pytest.raises(ConfigurationError, match="bind an id"):
        ring.seal(PURPOSE, b"x" * MAX_TOKEN_LENGTH, expires_at=NOW)


def test_longest_token_that_can_be_sealed_opens(ring: KeyRing) -> None:
    payload = b"x" * (MAX_TOKEN_LENGTH * 3 // 4 - 43)
    token = ring.seal(PURPOSE, payload, expires_at=NOW + 1)

    assert len(token) == MAX_TOKEN_LENGTH
    assert ring.open(PURPOSE, token, now=NOW) == payload


def test_digest_depends_on_secret_purpose_and_message() -> None:
    names = {
        KeyRing([secret]).digest(purpose, message)
        for secret in (OLD, NEW)
        for purpose in ("tag", "region")
        for message in (b"", b"stock")
    }

    assert len(names) == 8
    assert all(len(name) == 22 and name.replace("-", "").replace("_", "").isalnum() for name in names)


def test_digest_is_stable_while_a_secret_signs() -> None:
    assert KeyRing([OLD]).digest("tag", b"stock") == KeyRing([OLD, NEW]).digest("tag", b"stock")


@pytest.mark.parametrize("secrets", [[], [""], [OLD, ""], OLD])
def test_ring_without_usable_secrets_is_misuse(secrets: list[str]) -> None:
    with pytest.raises(ConfigurationError, match="token_urlsafe"):
        KeyRing(secrets)


def test_ring_does_not_show_its_secrets(ring: KeyRing) -> None:
    assert OLD not in repr(ring) + str(ring)


@pytest.mark.parametrize(
    ("text", "secrets"),
    [
        ("", ()),
        (" ", ()),
        (",", ()),
        ("a", ("a",)),
        (" a , b ", ("a", "b")),
        ("a,,b,", ("a", "b")),
        ("a b", ("a b",)),
    ],
)
def test_secrets_are_separated_by_commas(text: str, secrets: tuple[str, ...]) -> None:
    assert parse_secrets(text) == secrets


@pytest.mark.parametrize(
    ("secret", "reason"),
    [
        ("", "is shorter than 32 characters"),
        ("Zk4Yp9Wc2Nx7Qa1Sv8Ud5Rf0Tg3Bh6J", "is shorter than 32 characters"),
        ("changeme", "is made of well-known words"),
        ("secret", "is made of well-known words"),
        ("dev", "is made of well-known words"),
        ("your-secret-key-please-change-me-in-production", "is made of well-known words"),
        ("THIS_IS_NOT_A_SECRET_REPLACE_IT_WITH_A_RANDOM_STRING", "is made of well-known words"),
        ("changemechangemechangemechangeme", "is made of well-known words"),
        ("0123456789abcdef0123456789abcdef", "is made of well-known words"),
        ("supersecretdevelopmentkey1234567890", "is made of well-known words"),
        ("abcdefghijklmnopqrstuvwxyz123456", "is made of well-known words"),
        ("z" * 64, "has fewer than 8 different characters"),
        ("01" * 32, "has fewer than 8 different characters"),
        ("k7Qm9Xw2" * 8, "repeats itself"),
        ("hunter2-hunter2-hunter2-hunter2-hun", "repeats itself"),
        ("correct-horse-correct-horse-correct-horse", "repeats itself"),
        (OLD, None),
        (NEW, None),
        ("9f86d081884c7d659a2feaa0c55ad015", None),
        ("correct horse battery staple on the moon", None),
        ("32197450868127609463518270935562", None),
    ],
)
def test_weakness_of_a_secret(secret: str, reason: str | None) -> None:
    assert weakness(secret) == reason


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, "it is not set"),
        ("", "it is not set"),
        (" , ", "it is not set"),
        ("changeme", "secret 1 of 1 is made of well-known words"),
        (f"{NEW},kT9wPz4m", "secret 2 of 2 is shorter than 32 characters"),
    ],
)
def test_production_refuses_to_start_without_strong_secrets(value: str | None, message: str, tmp_path: Path) -> None:
    environ = {} if value is None else {"TWOFOLD_SECRET": value}
    with pytest.raises(ConfigurationError, match=message) as caught:
        KeyRing.from_environment(environ, mode="production", directory=tmp_path)

    assert 'python -c "import secrets; print(secrets.token_urlsafe(32))"' in str(caught.value)
    assert "kT9wPz4m" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_production_starts_with_strong_secrets(tmp_path: Path) -> None:
    ring = KeyRing.from_environment({"TWOFOLD_SECRET": f"{NEW},{OLD}"}, mode="production", directory=tmp_path)

    assert ring.open(PURPOSE, sealed(KeyRing([OLD])), context=CONTEXT, now=NOW) == PAYLOAD
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("mode", ["development", "test", "production"])
def test_secrets_of_the_environment_win_in_every_mode(mode: str, tmp_path: Path) -> None:
    ring = KeyRing.from_environment({"TWOFOLD_SECRET": NEW}, mode=mode, directory=tmp_path)

    assert KeyRing([NEW]).open(PURPOSE, sealed(ring), context=CONTEXT, now=NOW) == PAYLOAD
    assert list(tmp_path.iterdir()) == []


def test_unknown_mode_is_misuse(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="'staging' does not exist"):
        KeyRing.from_environment({"TWOFOLD_SECRET": NEW}, mode="staging", directory=tmp_path)


def test_development_secret_is_kept(tmp_path: Path) -> None:
    directory = tmp_path / "project"
    first = KeyRing.from_environment({}, mode="development", directory=directory)
    second = KeyRing.from_environment({}, mode="development", directory=directory)

    assert second.open(PURPOSE, sealed(first), context=CONTEXT, now=NOW) == PAYLOAD
    assert (directory / ".twofold" / ".gitignore").read_text() == "*\n"
    assert sorted(path.name for path in (directory / ".twofold").iterdir()) == [".gitignore", "secret"]


@pytest.mark.skipif(os.name != "posix", reason="POSIX permissions")
def test_only_the_owner_reads_the_development_secret(tmp_path: Path) -> None:
    KeyRing.from_environment({}, mode="development", directory=tmp_path)

    assert stat.S_IMODE((tmp_path / ".twofold" / "secret").stat().st_mode) == 0o600


def test_threads_that_start_together_share_one_development_secret(tmp_path: Path) -> None:
    for attempt in range(20):
        directory = tmp_path / str(attempt)
        barrier = Barrier(8)

        def start(directory: Path = directory, barrier: Barrier = barrier) -> str:
            barrier.wait()
            return KeyRing.from_environment({}, mode="development", directory=directory).digest("id", b"x")

        with ThreadPoolExecutor(8) as pool:
            names = {future.result() for future in [pool.submit(start) for _ in range(8)]}

        assert len(names) == 1
        assert sorted(path.name for path in (directory / ".twofold").iterdir()) == [".gitignore", "secret"]


def test_processes_that_start_together_share_one_development_secret(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from twofold.signing import KeyRing; print('ready', flush=True); sys.stdin.read();"
        f"print(KeyRing.from_environment({{}}, mode='development', directory=Path({str(tmp_path)!r})).digest('id', b'x'))"
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:  # all have imported; let them go
        assert process.stdin is not None
        process.stdin.close()
        process.stdin = None
    names = {process.communicate(timeout=30)[0] for process in processes}

    assert len(names) == 1
    assert names != {""}


@pytest.mark.parametrize("content", ["", "short", "z" * 64])
def test_damaged_development_secret_is_refused_with_the_remedy(content: str, tmp_path: Path) -> None:
    (tmp_path / ".twofold").mkdir()
    (tmp_path / ".twofold" / "secret").write_text(content)
    with pytest.raises(ConfigurationError, match="Delete the file"):
        KeyRing.from_environment({}, mode="development", directory=tmp_path)


def test_directory_that_cannot_keep_a_secret_is_refused_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / ".twofold").write_text("a file where the directory should be")
    with pytest.raises(ConfigurationError, match="Set TWOFOLD_SECRET instead"):
        KeyRing.from_environment({}, mode="development", directory=tmp_path)


def test_test_mode_forgets_its_secret(tmp_path: Path) -> None:
    first = KeyRing.from_environment({}, mode="test", directory=tmp_path)
    second = KeyRing.from_environment({}, mode="test", directory=tmp_path)

    assert reason_of(second, sealed(first)) == UNKNOWN_KEY
    assert list(tmp_path.iterdir()) == []
