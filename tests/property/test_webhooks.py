from __future__ import annotations

import string
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

import pytest
import standardwebhooks
import stripe
from hypothesis import assume, given
from hypothesis import strategies as st

from twofold.errors import AuthRequired, Forbidden
from twofold.webhooks import GitHub, HmacSha256, Slack, StandardWebhooks, Stripe, Verifier

NOW = 1_800_000_000.0
SECRET = "a-secret-for-this-test"
KEY = b64encode(SECRET.encode()).decode()
SECRETS = st.text(st.characters(codec="utf-8"), min_size=16, max_size=40)
KEYS = st.binary(min_size=16, max_size=64)
PREFIXES = st.sampled_from(["", "sha256=", "v1,"])
NAMES = st.sampled_from([b"x-sig", b"X-Sig", b"host", b"x-sig2"]) | st.binary(max_size=8)
IDS = st.text(string.ascii_letters + string.digits + "_-", min_size=1, max_size=128)
TIMES = st.integers(0, 4_000_000_000)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=200)

Sign = Callable[[bytes], dict[str, str]]
hmac_scheme = HmacSha256(header="x-sig", secret=SECRET)
stripe_scheme = Stripe(secret=SECRET)
slack_scheme = Slack(secret=SECRET)
github_scheme = GitHub(secret=SECRET)
standard_scheme = StandardWebhooks(secret=KEY)
SCHEMES: list[tuple[Verifier, Sign]] = [
    (hmac_scheme, lambda body: {"x-sig": hmac_scheme.sign(body)}),
    (stripe_scheme, lambda body: stripe_scheme.sign(body, NOW)),
    (slack_scheme, lambda body: slack_scheme.sign(body, NOW)),
    (github_scheme, github_scheme.sign),
    (standard_scheme, lambda body: standard_scheme.sign(body, NOW, "msg_1")),
]
every_scheme = pytest.mark.parametrize(("verifier", "sign"), SCHEMES, ids=[type(one).__name__ for one, _ in SCHEMES])


def raw(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


@given(SECRETS, PREFIXES, st.binary(max_size=200))
def test_signed_bodies_are_accepted(secret: str, prefix: str, body: bytes) -> None:
    verifier = HmacSha256(header="x-sig", secret=secret, prefix=prefix)
    verifier.verify([(b"x-sig", verifier.sign(body).encode())], body, NOW)


@every_scheme
@given(body=st.binary(max_size=80), other=st.binary(max_size=80))
def test_signature_holds_for_its_body_and_for_no_other(verifier: Verifier, sign: Sign, body: bytes, other: bytes) -> None:
    assume(body != other)
    signed = raw(sign(body))
    verifier.verify(signed, body, NOW)
    with pytest.raises(Forbidden):
        verifier.verify(signed, other, NOW)


@given(
    st.lists(
        st.tuples(NAMES, st.binary(max_size=80) | st.text("0123456789abcdefABCDEF", min_size=64, max_size=64).map(str.encode))
    )
)
def test_no_headers_do_anything_but_be_refused(headers: list[tuple[bytes, bytes]]) -> None:
    is_signed = any(name.lower() == b"x-sig" for name, _ in headers)
    with pytest.raises(Forbidden if is_signed else AuthRequired):
        hmac_scheme.verify(headers, b"body", NOW)


WORDS = [b"t=1800000000", b"1800000000", b"msg_1", b"v1=", b"v0=", b"sha256=", b" ", b"=", b"\x00", b"0" * 64, b"A" * 43 + b"="]
PIECES = st.sampled_from([*WORDS, b"t=", b",", b"v1,", b"\xff", b"9" * 400, "\u00e9".encode(), b"x" * 4090])
VALUES = st.binary(max_size=60) | st.lists(PIECES, max_size=8).map(b"".join)


@every_scheme
@given(values=st.lists(st.lists(VALUES, max_size=2), min_size=3, max_size=3), body=st.binary(max_size=80), now=TIMES)
def test_hostile_headers_and_bodies_are_refused_and_nothing_else(
    verifier: Verifier, sign: Sign, values: list[list[bytes]], body: bytes, now: int
) -> None:
    names = [name for name, _ in raw(sign(b""))]
    sent = [(name, value) for name, received in zip(names, values, strict=False) for value in received]
    with pytest.raises((AuthRequired, Forbidden)) as caught:
        verifier.verify(sent, body, float(now))
    is_whole = {name for name, _ in sent} == set(names)
    if is_whole:
        assert isinstance(caught.value, Forbidden)


@every_scheme
@given(data=st.data(), body=st.binary(max_size=80))
def test_one_hostile_header_among_true_ones_is_refused(verifier: Verifier, sign: Sign, data: st.DataObject, body: bytes) -> None:
    signed = raw(sign(body))
    index = data.draw(st.integers(0, len(signed) - 1))
    hostile = data.draw(VALUES)
    assume(hostile != signed[index][1])
    with pytest.raises(Forbidden):
        verifier.verify([*signed[:index], (signed[index][0], hostile), *signed[index + 1 :]], body, NOW)


# The providers' own libraries


@given(KEYS, IDS, TIMES, TEXTS)
def test_standard_signatures_are_those_of_its_library(key: bytes, event_id: str, time: int, text: str) -> None:
    secret = b64encode(key).decode()
    ours = StandardWebhooks(secret=secret).sign(text.encode(), time, event_id)
    theirs = standardwebhooks.Webhook(secret).sign(event_id, datetime.fromtimestamp(time, UTC), text)
    assert ours["webhook-signature"] == theirs


@given(KEYS, IDS, st.integers(-299, 299), TEXTS)
def test_library_of_standard_webhooks_verifies_what_ours_signs(key: bytes, event_id: str, off: int, text: str) -> None:
    secret = "whsec_" + b64encode(key).decode().rstrip("=")
    now = datetime.now(UTC).timestamp()
    headers = StandardWebhooks(secret=secret).sign(text.encode(), now + off * 0.9, event_id)
    standardwebhooks.Webhook(secret).verify(text, headers, json_parse=False)


@given(SECRETS, TIMES, TEXTS)
def test_stripe_signatures_are_those_of_its_library(secret: str, time: int, text: str) -> None:
    theirs = stripe.WebhookSignature.generate_signature_header(text, secret, time)
    assert Stripe(secret=secret).sign(text.encode(), time) == {"Stripe-Signature": theirs}
    Stripe(secret=secret).verify([(b"stripe-signature", theirs.encode())], text.encode(), time)


@given(TIMES, TEXTS, st.lists(st.sampled_from(WORDS[1:]), max_size=6), st.booleans())
def test_stripe_never_accepts_what_its_library_refuses(time: int, text: str, pieces: list[bytes], is_signed: bool) -> None:
    good = stripe_scheme.sign(text.encode(), time)["Stripe-Signature"] if is_signed else f"t={time}"
    value = ",".join([good, *(one.decode() for one in pieces)])
    with suppress(Forbidden):
        stripe_scheme.verify([(b"stripe-signature", value.encode())], text.encode(), time)
        assert stripe.WebhookSignature.verify_header(text, value, SECRET)
