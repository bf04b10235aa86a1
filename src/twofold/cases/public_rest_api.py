"""Partners, scripts and other sites call your API.

model: route handler
why: They need a URL, methods, statuses and a document that stay as they are. Who may call is declared on the handler: a
    token, other sites' scripts, how often.
cost: Whatever is declared, and nothing else: no session is opened, no cookie set.
"""

from pydantic import BaseModel

from twofold import App, NotFound, bearer, cors, idempotent, limit, use
from twofold.openapi import serve_openapi

app = App()
STOCK = {"A-1": 3}


class Order(BaseModel):
    """What a partner orders."""

    sku: str
    quantity: int


async def owner(token: str) -> str | None:
    """Give who holds a token."""
    return {"a-token-of-a-partner": "partner"}.get(token)


@app.get("/api/stock/{sku}")
@cors(origins="*")
async def stock(sku: str) -> int:
    """Give how many there are."""
    if sku not in STOCK:
        raise NotFound
    return STOCK[sku]


@app.post("/api/orders")
@limit("60/minute")
@use(bearer(owner))
@idempotent
async def order(order: Order) -> Order:
    """Order, once for each Idempotency-Key."""
    return order


serve_openapi(app, title="Shop", version="1")
