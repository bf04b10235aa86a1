"""What holds for every provider's scheme."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from twofold.errors import AuthRequired, ConfigurationError, Forbidden
from twofold.webhooks import GitHub, Slack, StandardWebhooks, Stripe, Verifier

NOW = 1_800_000_000.0
BODY = b'{"id":"evt_1","amount":"12.00"}'
Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True)
class Scheme:
    """One provider.

    Attributes:
        make: makes its verifier.
        secrets: three that are valid.
        sign: gives the headers of a body at a time.
        needed: the headers that must be there.
    """

    make: Callable[..., Any]
    secrets: tuple[str, str, str]
    sign: Callable[[Any, bytes, float], dict[str, str]]
    needed: tuple[str, ...]

    def signed(self, verifier: Any, body: bytes = BODY, now: float = NOW) -> Headers:
        return raw(self.sign(verifier, body, now))


def raw(headers: dict[str, str]) -> Headers:
    return [(b"host", b"shop.example"), *((name.encode(), value.encode()) for name, value in headers.items())]


TEXTS = ("the-secret-of-this-year", "the-secret-of-last-year", "the-secret-of-somebody")
BASE64 = ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "C2FVsBQIhrscChlQIMV+b5sSYspob7oD", "d2hvIGlzIHRoaXMgc29tZWJvZHk")

TIMED = {
    "stripe": Scheme(Stripe, TEXTS, lambda one, body, now: one.sign(body, now), ("stripe-signature",)),
    "slack": Scheme(Slack, TEXTS, lambda one, body, now: one.sign(body, now), ("x-slack-signature", "x-slack-request-timestamp")),
    "standard": Scheme(
        StandardWebhooks, BASE64, lambda one, body, now: one.sign(body, now, "msg_1"),
        ("webhook-id", "webhook-timestamp", "webhook-signature"),
    ),
}  # fmt: skip
ALL = {**TIMED, "github": Scheme(GitHub, TEXTS, lambda one, body, now: one.sign(body), ("x-hub-signature-256",))}

every_scheme = pytest.mark.parametrize("scheme", ALL.values(), ids=ALL.keys())
every_timed_scheme = pytest.mark.parametrize("scheme", TIMED.values(), ids=TIMED.keys())


def reason_of(verifier: Verifier, headers: Headers, body: bytes = BODY, now: float = NOW) -> str | None:
    """Verify, which must be refused with the one message that all reasons share."""
    with pytest.raises(Forbidden) as caught:
        verifier.verify(headers, body, now)
    assert (caught.value.status, caught.value.message) == (403, "The signature does not hold")
    return caught.value.details


@every_scheme
@pytest.mark.parametrize("body", [BODY, b"", b"\x00", b"\xff\xfe not UTF-8", b"{", b"x" * 1_000_000])
def test_signed_bytes_are_accepted_whatever_they_are(scheme: Scheme, body: bytes) -> None:
    verifier = scheme.make(secret=scheme.secrets[0])
    verifier.verify(scheme.signed(verifier, body), body, NOW)


@every_scheme
def test_sign_gives_the_headers_that_are_needed(scheme: Scheme) -> None:
    verifier = scheme.make(secret=scheme.secrets[0])
    assert {name.lower() for name in scheme.sign(verifier, BODY, NOW)} == set(scheme.needed)


@every_scheme
def test_case_of_header_names_does_not_matter(scheme: Scheme) -> None:
    verifier = scheme.make(secret=scheme.secrets[0])
    signed = scheme.signed(verifier)
    verifier.verify([(name.upper(), value) for name, value in signed], BODY, NOW)
    verifier.verify(iter([(name.lower(), value) for name, value in signed]), BODY, NOW)


@every_scheme
def test_each_missing_header_asks_for_a_signature(scheme: Scheme) -> None:
    verifier = scheme.make(secret=scheme.secrets[0])
    for name in scheme.needed:
        with pytest.raises(AuthRequired) as caught:
            verifier.verify([one for one in scheme.signed(verifier) if one[0].lower() != name.encode()], BODY, NOW)
        assert (caught.value.status, caught.value.details) == (401, "signature-missing")


@every_scheme
def test_each_repeated_header_is_refused(scheme: Scheme) -> None:
    verifier = scheme.make(secret=scheme.secrets[0])
    signed = scheme.signed(verifier)
    for name in scheme.needed:
        repeated = [one for one in signed if one[0].lower() == name.encode()]
        assert reason_of(verifier, signed + repeated) == "signature-duplicate"
        assert reason_of(verifier, [(name.encode(), b""), *signed]) == "signature-duplicate"


@every_scheme
def test_each_header_beyond_4_kilobytes_is_refused(scheme: Scheme) -> None:
    verifier = scheme.make(secret=scheme.secrets[0])
    for name in scheme.needed:
        others = [one for one in scheme.signed(verifier) if one[0].lower() != name.encode()]
        assert reason_of(verifier, [*others, (name.encode(), b"1" * 4097)]) == "signature-too-long"


@every_scheme
def test_every_changed_bit_of_the_body_is_refused(scheme: Scheme) -> None:
    verifier = scheme.make(secret=scheme.secrets[0])
    signed = scheme.signed(verifier)
    for position in range(len(BODY) * 8):
        body = bytearray(BODY)
        body[position // 8] ^= 1 << position % 8
        assert reason_of(verifier, signed, bytes(body)) == "signature-mismatch"


@every_scheme
@pytest.mark.parametrize("body", [b"", BODY[:-1], BODY + b"\n", BODY.replace(b":", b": "), BODY.upper()])
def test_another_spelling_of_the_body_is_refused(scheme: Scheme, body: bytes) -> None:
    verifier = scheme.make(secret=scheme.secrets[0])
    assert reason_of(verifier, scheme.signed(verifier), body) == "signature-mismatch"


@every_scheme
def test_every_changed_byte_of_every_header_is_refused(scheme: Scheme) -> None:
    verifier = scheme.make(secret=scheme.secrets[0])
    signed = scheme.signed(verifier)
    for index, (name, value) in enumerate(signed[1:], 1):
        for position in range(len(value)):
            changed = value[:position] + bytes([value[position] ^ 1]) + value[position + 1 :]
            assert reason_of(verifier, [*signed[:index], (name, changed), *signed[index + 1 :]])


@every_scheme
def test_all_secrets_verify_and_the_first_signs(scheme: Scheme) -> None:
    new, old, foreign = scheme.secrets
    rotating = scheme.make(secret=[new, old])
    for secret in (new, old):
        rotating.verify(scheme.signed(scheme.make(secret=secret)), BODY, NOW)
    assert reason_of(rotating, scheme.signed(scheme.make(secret=foreign))) == "signature-mismatch"
    assert scheme.sign(rotating, BODY, NOW) == scheme.sign(scheme.make(secret=new), BODY, NOW)


@every_timed_scheme
@pytest.mark.parametrize(
    ("off", "reason"),
    [(-301, "timestamp-too-old"), (-300, None), (0, None), (300, None), (301, "timestamp-in-the-future")],
)
def test_signed_time_is_near_in_both_directions(scheme: Scheme, off: int, reason: str | None) -> None:
    verifier = scheme.make(secret=scheme.secrets[0])
    signed = scheme.signed(verifier, now=NOW + off)
    if reason is None:
        verifier.verify(signed, BODY, NOW)
    else:
        assert reason_of(verifier, signed) == reason


@every_timed_scheme
def test_tolerance_is_an_argument(scheme: Scheme) -> None:
    verifier = scheme.make(secret=scheme.secrets[0], tolerance_seconds=10)
    verifier.verify(scheme.signed(verifier), BODY, NOW + 10)
    assert reason_of(verifier, scheme.signed(verifier), now=NOW + 11) == "timestamp-too-old"


@every_timed_scheme
@pytest.mark.parametrize("seconds", [0, -1, float("inf"), float("nan"), True, "300", None])
def test_tolerance_that_is_none_is_misuse(scheme: Scheme, seconds: Any) -> None:
    with pytest.raises(ConfigurationError, match="seconds above zero"):
        scheme.make(secret=scheme.secrets[0], tolerance_seconds=seconds)


@every_scheme
@pytest.mark.parametrize("secret", [None, "", [], ["", ""], b"a secret that is made of bytes", 12345678901234567890])
def test_missing_secret_is_misuse(scheme: Scheme, secret: str | Sequence[str]) -> None:
    with pytest.raises(ConfigurationError, match="missing"):
        scheme.make(secret=secret)


@every_scheme
def test_short_secret_is_misuse_and_not_shown(scheme: Scheme) -> None:
    with pytest.raises(ConfigurationError, match="fewer than 16 bytes") as caught:
        scheme.make(secret=[scheme.secrets[0], "bXlzZWNyZXQ="])
    assert "bXlzZWNyZXQ" not in str(caught.value)


@every_scheme
def test_verifier_does_not_show_its_secret(scheme: Scheme) -> None:
    assert scheme.secrets[0] not in repr(scheme.make(secret=scheme.secrets[0]))
