from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from twofold.errors import AuthRequired, Forbidden
from twofold.webhooks import HmacSha256

NOW = 1_800_000_000.0
SECRETS = st.text(st.characters(codec="utf-8"), min_size=16, max_size=40)
PREFIXES = st.sampled_from(["", "sha256=", "v1,"])
NAMES = st.sampled_from([b"x-sig", b"X-Sig", b"host", b"x-sig2"]) | st.binary(max_size=8)


@given(SECRETS, PREFIXES, st.binary(max_size=200))
def test_signed_bodies_are_accepted(secret: str, prefix: str, body: bytes) -> None:
    verifier = HmacSha256(header="x-sig", secret=secret, prefix=prefix)
    verifier.verify([(b"x-sig", verifier.sign(body).encode())], body, NOW)


@given(st.binary(max_size=80), st.binary(max_size=80))
def test_signature_holds_for_no_other_body(body: bytes, other: bytes) -> None:
    assume(body != other)
    verifier = HmacSha256(header="x-sig", secret="a-secret-for-this-test")
    with pytest.raises(Forbidden):
        verifier.verify([(b"x-sig", verifier.sign(body).encode())], other, NOW)


@given(
    st.lists(
        st.tuples(NAMES, st.binary(max_size=80) | st.text("0123456789abcdefABCDEF", min_size=64, max_size=64).map(str.encode))
    )
)
def test_no_headers_do_anything_but_be_refused(headers: list[tuple[bytes, bytes]]) -> None:
    verifier = HmacSha256(header="x-sig", secret="a-secret-for-this-test")
    is_signed = any(name.lower() == b"x-sig" for name, _ in headers)
    with pytest.raises(Forbidden if is_signed else AuthRequired):
        verifier.verify(headers, b"body", NOW)
