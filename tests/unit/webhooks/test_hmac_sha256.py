from __future__ import annotations

import pytest

from twofold.errors import AuthRequired, ConfigurationError, Forbidden
from twofold.webhooks import HmacSha256, Verifier, hmac_sha256_hex

HEADER = "x-payment-signature"
SECRET = "a-secret-of-the-payment-provider"
OLD_SECRET = "the-secret-of-last-year"
BODY = b'{"id":"evt_1","amount":"12.00"}'
NOW = 1_800_000_000.0


def reason_of(verifier: Verifier, headers: list[tuple[bytes, bytes]], body: bytes = BODY) -> str | None:
    """Verify, which must be refused with the one message that all reasons share."""
    with pytest.raises(Forbidden) as caught:
        verifier.verify(headers, body, NOW)
    assert caught.value.status == 403
    assert caught.value.message == "The signature does not hold"
    return caught.value.details


def header(value: str | bytes) -> list[tuple[bytes, bytes]]:
    return [(b"host", b"shop.example"), (HEADER.encode(), value if isinstance(value, bytes) else value.encode("latin-1"))]


@pytest.fixture
def verifier() -> HmacSha256:
    return HmacSha256(header=HEADER, secret=SECRET)


@pytest.mark.parametrize(
    ("secret", "body", "prefix", "signature"),
    [
        pytest.param(
            "It's a Secret to Everybody",
            b"Hello, World!",
            "sha256=",
            "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
            id="published by GitHub",
        ),
        pytest.param(
            "\x0b" * 20,
            b"Hi There",
            "",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
            id="RFC 4231 test case 1",
        ),
    ],
)
def test_published_vector_holds(secret: str, body: bytes, prefix: str, signature: str) -> None:
    verifier = HmacSha256(header=HEADER, secret=secret, prefix=prefix)

    assert verifier.sign(body) == signature
    verifier.verify(header(signature), body, NOW)


@pytest.mark.parametrize(
    ("secret", "body", "digits"),
    [
        pytest.param(
            b"Jefe",
            b"what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            id="RFC 4231 test case 2",
        ),
        pytest.param(
            b"mysecret",
            b'{"foo":"bar"}',
            "4864d2759938a15468b5df9ade20bf161da9b4f737ea61794142f3484236bda3",
            id="octokit",
        ),
    ],
)
def test_published_vector_of_a_short_secret_holds(secret: bytes, body: bytes, digits: str) -> None:
    assert hmac_sha256_hex(secret, body) == digits


def test_signed_body_is_accepted(verifier: HmacSha256) -> None:
    verifier.verify(header(verifier.sign(BODY)), BODY, NOW)


def test_case_of_digits_and_of_the_header_name_does_not_matter() -> None:
    verifier = HmacSha256(header="X-Payment-Signature", secret=SECRET)
    verifier.verify(header(verifier.sign(BODY).upper()), BODY, NOW)
    verifier.verify([(b"X-PAYMENT-SIGNATURE", verifier.sign(BODY).encode())], BODY, NOW)


@pytest.mark.parametrize("body", [b"", b"\x00", b"\xff\xfe not UTF-8", b"{", b"x" * 1_000_000])
def test_any_bytes_are_a_body(verifier: HmacSha256, body: bytes) -> None:
    verifier.verify(header(verifier.sign(body)), body, NOW)


@pytest.mark.parametrize(
    "headers", [[], [(b"host", b"shop.example")], [(b"x-payment-signature2", b"x"), (b"payment-signature", b"x")]]
)
def test_missing_header_asks_for_a_signature(verifier: HmacSha256, headers: list[tuple[bytes, bytes]]) -> None:
    with pytest.raises(AuthRequired) as caught:
        verifier.verify(headers, BODY, NOW)

    assert caught.value.status == 401
    assert caught.value.details == "signature-missing"


def test_every_changed_bit_of_the_body_is_refused(verifier: HmacSha256) -> None:
    signed = header(verifier.sign(BODY))
    for position in range(len(BODY) * 8):
        body = bytearray(BODY)
        body[position // 8] ^= 1 << position % 8
        assert reason_of(verifier, signed, bytes(body)) == "signature-mismatch"


@pytest.mark.parametrize("body", [b"", BODY[:-1], BODY + b"\n", BODY.replace(b":", b": "), BODY.upper()])
def test_another_spelling_of_the_body_is_refused(verifier: HmacSha256, body: bytes) -> None:
    assert reason_of(verifier, header(verifier.sign(BODY)), body) == "signature-mismatch"


def test_every_changed_digit_is_refused(verifier: HmacSha256) -> None:
    signature = verifier.sign(BODY)
    for position, original in enumerate(signature):
        for digit in set("0123456789abcdef") - {original}:
            changed = signature[:position] + digit + signature[position + 1 :]
            assert reason_of(verifier, header(changed)) == "signature-mismatch"


GOOD = HmacSha256(header=HEADER, secret=SECRET).sign(BODY)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"", "signature-malformed"),
        (b" ", "signature-malformed"),
        (b" " * 64, "signature-malformed"),
        (b"\x00" * 64, "signature-malformed"),
        (b"\xff" * 64, "signature-malformed"),
        ("٣" * 32, "signature-malformed"),
        ("é" * 64, "signature-malformed"),
        (GOOD[:-1], "signature-malformed"),
        (GOOD + "0", "signature-malformed"),
        (GOOD[:32], "signature-malformed"),
        (f" {GOOD}", "signature-malformed"),
        (f"{GOOD} ", "signature-malformed"),
        (f"{GOOD}\n", "signature-malformed"),
        (GOOD[:-1] + "g", "signature-malformed"),
        (f"0x{GOOD[2:]}", "signature-malformed"),
        (GOOD[:31] + " " + GOOD[32:], "signature-malformed"),
        (GOOD[:31] + "_" + GOOD[32:], "signature-malformed"),
        (f"{GOOD},{GOOD}", "signature-malformed"),
        (f"{GOOD}, {GOOD}", "signature-malformed"),
        (f'"{GOOD}"', "signature-malformed"),
        (f"sha256={GOOD}", "signature-malformed"),
        (f"v1={GOOD}", "signature-malformed"),
        ("A" * 43 + "=", "signature-malformed"),
        (b"a" * 4096, "signature-malformed"),
        (b"a" * 4097, "signature-too-long"),
        (b"a" * 1_000_000, "signature-too-long"),
        (b"\xff" * 1_000_000, "signature-too-long"),
        ("0" * 64, "signature-mismatch"),
        (hmac_sha256_hex(b"another secret", BODY), "signature-mismatch"),
        (hmac_sha256_hex(b"", BODY), "signature-mismatch"),
    ],
)  # fmt: skip
def test_hostile_signature_is_refused(verifier: HmacSha256, value: str | bytes, reason: str) -> None:
    raw = value if isinstance(value, bytes) else value.encode("utf-8")

    assert reason_of(verifier, header(raw)) == reason


@pytest.mark.parametrize("second", [GOOD, "0" * 64, ""])
def test_two_signature_headers_are_refused(verifier: HmacSha256, second: str) -> None:
    one, other = (b"x-payment-signature", GOOD.encode()), (b"X-Payment-Signature", second.encode())

    assert reason_of(verifier, [one, other]) == "signature-duplicate"
    assert reason_of(verifier, [other, one]) == "signature-duplicate"


@pytest.mark.parametrize(
    "value", ["{good}", "sha1={good}", "SHA256={good}", "sha256 ={good}", "sha256= {good}", "sha256=sha256={good}"]
)
def test_prefix_is_exact(value: str) -> None:
    verifier = HmacSha256(header=HEADER, secret=SECRET, prefix="sha256=")
    verifier.verify(header(f"sha256={GOOD}"), BODY, NOW)

    assert reason_of(verifier, header(value.format(good=GOOD))) == "signature-malformed"


def test_all_secrets_verify_and_the_first_signs() -> None:
    rotating = HmacSha256(header=HEADER, secret=[SECRET, OLD_SECRET])
    old = HmacSha256(header=HEADER, secret=OLD_SECRET)

    assert rotating.sign(BODY) == GOOD
    rotating.verify(header(GOOD), BODY, NOW)
    rotating.verify(header(old.sign(BODY)), BODY, NOW)
    assert reason_of(old, header(rotating.sign(BODY))) == "signature-mismatch"


@pytest.mark.parametrize(
    ("secret", "message"),
    [
        (None, "missing"),
        ("", "missing"),
        ([], "missing"),
        ([SECRET, ""], "missing"),
        ([SECRET, None], "missing"),
        (b"a secret that is made of bytes", "missing"),
        (12345678901234567890, "missing"),
        ("fifteen-bytes-x", "fewer than 16 bytes"),
        ([SECRET, "mysecret"], "fewer than 16 bytes"),
    ],
)
def test_missing_or_short_secret_is_misuse(secret: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message) as caught:
        HmacSha256(header=HEADER, secret=secret)

    assert HEADER in str(caught.value)
    assert "mysecret" not in str(caught.value)


def test_length_of_a_secret_counts_bytes() -> None:
    HmacSha256(header=HEADER, secret="sixteen-bytes-xy")
    HmacSha256(header=HEADER, secret="éééééééé")


@pytest.mark.parametrize("name", ["", " ", "x signature", "x-signature:", "x-sïgnature", "x\r\ny"])
def test_header_that_cannot_be_sent_is_misuse(name: str) -> None:
    with pytest.raises(ConfigurationError, match="not a header name"):
        HmacSha256(header=name, secret=SECRET)


@pytest.mark.parametrize("prefix", [" sha256=", "sha256= ", "sha\n256=", "sha256\xe9="])
def test_prefix_that_cannot_be_sent_is_misuse(prefix: str) -> None:
    with pytest.raises(ConfigurationError, match="cannot stand in a header"):
        HmacSha256(header=HEADER, secret=SECRET, prefix=prefix)


def test_verifier_does_not_show_its_secret(verifier: HmacSha256) -> None:
    assert SECRET not in repr(verifier)
