"""An app on a phone calls your server.

model: route handler with a bearer token and @idempotent
why: It is built apart from your pages and lives for years: it needs URLs that stay. Its network breaks in the middle of
    requests, so it sends them again, with a key.
cost: One check of the token, and one step of the store of call keys for requests that carry a key.
"""

from twofold import App, Request, bearer, idempotent, use

app = App()


async def owner(token: str) -> str | None:
    """Give who holds a token."""
    return {"a-token-of-ada": "ada"}.get(token)


@app.post("/api/likes/{sku}")
@use(bearer(owner))
@idempotent(required=True)
async def like(sku: str, request: Request) -> str:
    """Like a product, once."""
    return f"{request.principal} likes {sku}"
