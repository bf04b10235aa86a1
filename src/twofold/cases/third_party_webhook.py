"""A payment provider, GitHub or another service reports an event.

model: route handler with @verify and @dedupe
why: The caller has no page and no session; it signs the body. Nothing is parsed before the signature holds, and an event
    that is delivered ten times counts once.
cost: One HMAC over the body, and one step of the store of call keys.
"""

from os import environ

from pydantic import BaseModel

from twofold import App, verify
from twofold.webhooks import Stripe, dedupe

app = App()


class Event(BaseModel):
    """What the provider sends."""

    id: str
    type: str


@app.post("/webhooks/payment")
@verify(Stripe(secret=environ.get("STRIPE_SECRET", "whsec_known-to-everyone")))
@dedupe(by=lambda event: event.id)
async def payment(event: Event) -> str:
    """Take a payment."""
    return event.type
