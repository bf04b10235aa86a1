"""Signatures of webhooks, verified over the raw body before anything parses it.

    @verify(HmacSha256(header="x-payment-signature", secret=env("PAYMENT_SECRET")))
    async def POST(event: PaymentEvent) -> Received: ...

A request without the signature header is told that it needs one (401). Everything else that is wrong gets the same
answer (403), so that a forger learns nothing; the reason is in the error's `details`, for the log and for developers.

Senders send again until they are answered; `dedupe` counts every event once:

    @verify(Stripe(secret=env("STRIPE_SECRET")))
    @dedupe(by=lambda event: event.id)
    async def POST(event: PaymentEvent) -> Received: ...
"""

from __future__ import annotations

from twofold.webhooks.checks import hmac_sha256_hex as hmac_sha256_hex
from twofold.webhooks.checks import refused as refused
from twofold.webhooks.checks import sole_value as sole_value
from twofold.webhooks.deduping import dedupe as dedupe
from twofold.webhooks.github import GitHub as GitHub
from twofold.webhooks.hmac_sha256 import HmacSha256 as HmacSha256
from twofold.webhooks.slack import Slack as Slack
from twofold.webhooks.standard import StandardWebhooks as StandardWebhooks
from twofold.webhooks.stripe import Stripe as Stripe
from twofold.webhooks.verifier import Verifier as Verifier
