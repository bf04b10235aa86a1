"""What each provider published, and what only its scheme can get wrong."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from typing import Any

import pytest

from twofold.errors import AuthRequired, ConfigurationError, Forbidden
from twofold.webhooks import GitHub, Slack, StandardWebhooks, Stripe

NOW = 1_800_000_000
BODY = b'{"id":"evt_1"}'
SECRET = "a-secret-of-the-provider"
KEY = b"a key of more than sixteen bytes"

SLACK_BODY = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar"
    b"&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com"
    b"%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
    b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)


def raw(headers: dict[str, str | bytes]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value if isinstance(value, bytes) else value.encode()) for name, value in headers.items()]


def reason_of(verifier: Any, headers: dict[str, str | bytes], body: bytes = BODY) -> str | None:
    with pytest.raises(Forbidden) as caught:
        verifier.verify(raw(headers), body, NOW)
    return caught.value.details


def hex_of(signed: bytes, secret: str = SECRET) -> str:
    return hmac.digest(secret.encode(), signed, "sha256").hex()


def test_vector_of_standard_webhooks_holds() -> None:
    verifier = StandardWebhooks(secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    headers = verifier.sign(b'{"test": 2432232314}', 1614265330, "msg_p5jXN8AQM9LWM0D4loKWxJek")
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    verifier.verify(raw({**headers}), b'{"test": 2432232314}', 1614265330)


def test_vector_of_github_holds() -> None:
    verifier = GitHub(secret="It's a Secret to Everybody")
    assert verifier.sign(b"Hello, World!") == {
        "X-Hub-Signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    }


def test_vector_of_slack_holds() -> None:
    verifier = Slack(secret="8f742231b10e8888abcd99yyyzzz85a5")
    headers = verifier.sign(SLACK_BODY, 1531420618)
    assert headers == {
        "X-Slack-Request-Timestamp": "1531420618",
        "X-Slack-Signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
    }
    verifier.verify(raw({**headers}), SLACK_BODY, 1531420618)


# Stripe

GOOD = hex_of(b"%d.%s" % (NOW, BODY))
BAD = "0" * 64


@pytest.mark.parametrize(
    "value",
    [
        f"t={NOW},v1={GOOD}",
        f"v1={GOOD},t={NOW}",
        f"t={NOW},v1={BAD},v1={GOOD}",
        f"t={NOW},v1={GOOD},v1={BAD}",
        f"t={NOW},v1={GOOD},v0={BAD}",
        f"t={NOW},v2=anything,,=,v1={GOOD},x",
        f"t={NOW},v1={GOOD}" + ",v0=0" * 500,
    ],
)
def test_one_signature_of_stripe_that_holds_is_enough(value: str) -> None:
    Stripe(secret=SECRET).verify(raw({"stripe-signature": value}), BODY, NOW)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("", "signature-malformed"),
        ("garbage", "signature-malformed"),
        (b"\xff" * 100, "signature-malformed"),
        (f"v1={GOOD}", "signature-malformed"),
        (f"T={NOW},v1={GOOD}", "signature-malformed"),
        (f"t={NOW},t={NOW},v1={GOOD}", "signature-malformed"),
        (f"t={NOW},t=1,v1={GOOD}", "signature-malformed"),
        (f"t=,v1={GOOD}", "timestamp-malformed"),
        (f"t={NOW}.0,v1={GOOD}", "timestamp-malformed"),
        (f"t=+{NOW},v1={GOOD}", "timestamp-malformed"),
        (f"t= {NOW},v1={GOOD}", "timestamp-malformed"),
        (f"t={NOW}", "signature-scheme-unknown"),
        (f"t={NOW}, v1={GOOD}", "signature-scheme-unknown"),
        (f"t={NOW},V1={GOOD}", "signature-scheme-unknown"),
        (f"t={NOW},v0={GOOD}", "signature-scheme-unknown"),
        (f"t={NOW},v2={GOOD}", "signature-scheme-unknown"),
        (f"t={NOW},sha256={GOOD}", "signature-scheme-unknown"),
        (f"t={NOW};v1={GOOD}", "timestamp-malformed"),
        (f"t={NOW},v1=", "signature-mismatch"),
        (f"t={NOW},v1={BAD}", "signature-mismatch"),
        (f"t={NOW},v1={GOOD[:-1]}", "signature-mismatch"),
        (f"t={NOW},v1={GOOD}0", "signature-mismatch"),
        (f"t={NOW},v1={GOOD} ", "signature-mismatch"),
        (f"t={NOW},v1={GOOD.upper()}", "signature-mismatch"),
        (f"t={NOW},v1=v1={GOOD}", "signature-mismatch"),
        (f"t={NOW - 1},v1={GOOD}", "signature-mismatch"),
        (f"t=0{NOW},v1={GOOD}", "signature-mismatch"),
        (f"t={NOW},v1={'é' * 32}", "signature-mismatch"),
        (f"t={NOW},v1={b64encode(bytes.fromhex(GOOD)).decode()}", "signature-mismatch"),
        (f"t={NOW},v1={hex_of(BODY)}", "signature-mismatch"),
    ],
)  # fmt: skip
def test_hostile_header_of_stripe_is_refused(value: str | bytes, reason: str) -> None:
    assert reason_of(Stripe(secret=SECRET), {"stripe-signature": value}) == reason


# GitHub


def test_sha1_of_github_is_no_signature() -> None:
    sha1 = "sha1=" + hmac.new(SECRET.encode(), BODY, hashlib.sha1).hexdigest()
    with pytest.raises(AuthRequired):
        GitHub(secret=SECRET).verify(raw({"x-hub-signature": sha1}), BODY, NOW)
    assert reason_of(GitHub(secret=SECRET), {"x-hub-signature-256": sha1}) == "signature-malformed"


@pytest.mark.parametrize(
    "value", ["", "sha256=", hex_of(BODY), f"SHA256={hex_of(BODY)}", f"sha512={hex_of(BODY)}", f"sha256={hex_of(BODY)}, x"]
)
def test_hostile_header_of_github_is_refused(value: str) -> None:
    assert reason_of(GitHub(secret=SECRET), {"x-hub-signature-256": value}) == "signature-malformed"


# Slack

SLACK_GOOD = hex_of(b"v0:%d:%s" % (NOW, BODY))


@pytest.mark.parametrize(
    ("signature", "time", "reason"),
    [
        (f"v0={SLACK_GOOD}", str(NOW), None),
        ("", str(NOW), "signature-scheme-unknown"),
        (SLACK_GOOD, str(NOW), "signature-scheme-unknown"),
        (f"v1={SLACK_GOOD}", str(NOW), "signature-scheme-unknown"),
        (f"V0={SLACK_GOOD}", str(NOW), "signature-scheme-unknown"),
        (f" v0={SLACK_GOOD}", str(NOW), "signature-scheme-unknown"),
        ("v0=", str(NOW), "signature-mismatch"),
        (f"v0={SLACK_GOOD.upper()}", str(NOW), "signature-mismatch"),
        (f"v0={BAD},v0={SLACK_GOOD}", str(NOW), "signature-mismatch"),
        (f"v0={SLACK_GOOD}\n", str(NOW), "signature-mismatch"),
        (f"v0={SLACK_GOOD}", f"0{NOW}", "signature-mismatch"),
        (f"v0={SLACK_GOOD}", str(NOW + 1), "signature-mismatch"),
        (f"v0={SLACK_GOOD}", f"{NOW}.0", "timestamp-malformed"),
        (f"v0={SLACK_GOOD}", "", "timestamp-malformed"),
        (f"v0={SLACK_GOOD}", f"{NOW}:", "timestamp-malformed"),
        ("", "1", "timestamp-too-old"),
    ],
)  # fmt: skip
def test_headers_of_slack(signature: str, time: str, reason: str | None) -> None:
    headers: dict[str, str | bytes] = {"x-slack-signature": signature, "x-slack-request-timestamp": time}
    if reason is None:
        Slack(secret=SECRET).verify(raw(headers), BODY, NOW)
    else:
        assert reason_of(Slack(secret=SECRET), headers) == reason


# Standard Webhooks

STANDARD_SECRET = b64encode(KEY).decode()
MESSAGE = hmac.digest(KEY, b"msg_1.%d.%s" % (NOW, BODY), "sha256")
STANDARD_GOOD = b64encode(MESSAGE).decode()
STANDARD_BAD = b64encode(bytes(32)).decode()


def standard(signature: str | bytes, event_id: str | bytes = "msg_1", time: str = str(NOW)) -> dict[str, str | bytes]:
    return {"webhook-id": event_id, "webhook-timestamp": time, "webhook-signature": signature}


@pytest.mark.parametrize(
    "signature",
    [
        f"v1,{STANDARD_GOOD}",
        f"v1,{STANDARD_BAD} v1,{STANDARD_GOOD}",
        f"v1,{STANDARD_GOOD} v1,{STANDARD_BAD}",
        f"v1a,{STANDARD_BAD} v1,{STANDARD_GOOD} v2,x",
        f"garbage  v1,{STANDARD_GOOD} ",
    ],
)
def test_one_standard_signature_that_holds_is_enough(signature: str) -> None:
    StandardWebhooks(secret=STANDARD_SECRET).verify(raw(standard(signature)), BODY, NOW)


@pytest.mark.parametrize(
    ("signature", "reason"),
    [
        ("", "signature-scheme-unknown"),
        ("garbage", "signature-scheme-unknown"),
        (STANDARD_GOOD, "signature-scheme-unknown"),
        (b"\xff" * 100, "signature-scheme-unknown"),
        (f"V1,{STANDARD_GOOD}", "signature-scheme-unknown"),
        (f"v0,{STANDARD_GOOD}", "signature-scheme-unknown"),
        (f"v1a,{STANDARD_GOOD}", "signature-scheme-unknown"),
        (f"v1={STANDARD_GOOD}", "signature-scheme-unknown"),
        ("v1,", "signature-mismatch"),
        (f"v1,{STANDARD_BAD}", "signature-mismatch"),
        (f"v1,{MESSAGE.hex()}", "signature-mismatch"),
        (f"v1,{STANDARD_GOOD.rstrip('=')}", "signature-mismatch"),
        (f"v1,{STANDARD_GOOD}=", "signature-mismatch"),
        (f"v1,,{STANDARD_GOOD}", "signature-mismatch"),
        (f"v1,{STANDARD_BAD},v1,{STANDARD_GOOD}", "signature-mismatch"),
        (f"v1,{STANDARD_GOOD}\t", "signature-mismatch"),
        (f"v1,{STANDARD_GOOD.swapcase()}", "signature-mismatch"),
        ("v1,é", "signature-mismatch"),
    ],
)  # fmt: skip
def test_hostile_standard_signature_is_refused(signature: str | bytes, reason: str) -> None:
    assert reason_of(StandardWebhooks(secret=STANDARD_SECRET), standard(signature)) == reason


@pytest.mark.parametrize(
    "event_id", ["", "msg.1", "msg 1", " msg_1", "msg_1\n", "é", "msg/1", "m" * 129, b"\xff", "msg_1." + str(NOW)]
)
def test_id_that_makes_the_signed_text_ambiguous_is_refused(event_id: str | bytes) -> None:
    sent = event_id if isinstance(event_id, bytes) else event_id.encode()
    signature = b64encode(hmac.digest(KEY, b".".join([sent, b"%d" % NOW, BODY]), "sha256")).decode()
    assert reason_of(StandardWebhooks(secret=STANDARD_SECRET), standard(f"v1,{signature}", event_id)) == "id-malformed"


@pytest.mark.parametrize("event_id", ["", "msg.1", "é", "m" * 129, "\ud800"])
def test_signing_such_an_id_is_misuse(event_id: str) -> None:
    with pytest.raises(ConfigurationError, match="1 to 128"):
        StandardWebhooks(secret=STANDARD_SECRET).sign(BODY, NOW, event_id)


@pytest.mark.parametrize(
    "secret", [STANDARD_SECRET, STANDARD_SECRET.rstrip("="), f"whsec_{STANDARD_SECRET}", f"whsec_{STANDARD_SECRET.rstrip('=')}"]
)
def test_standard_secret_may_lack_its_prefix_and_its_padding(secret: str) -> None:
    StandardWebhooks(secret=secret).verify(raw(standard(f"v1,{STANDARD_GOOD}")), BODY, NOW)


@pytest.mark.parametrize(
    "secret",
    ["whsec_not base64 at all!", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwa", "é" * 30, "MfKQ9r8G_YqrTwjUPD8ILPZIo2LaLaSw"],
)
def test_standard_secret_that_is_no_base64_is_misuse_and_not_shown(secret: str) -> None:
    with pytest.raises(ConfigurationError, match="no base64") as caught:
        StandardWebhooks(secret=secret)
    assert secret.removeprefix("whsec_") not in str(caught.value)
    assert caught.value.__suppress_context__
