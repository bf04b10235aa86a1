"""Something may be asked for only so often.

model: @limit, on an action or on a route handler
why: The limit is the same for both. On a form the refusal is an error beside the others, with the input kept; an API client
    gets 429 with the headers that say when to come back.
cost: One step in memory, or one round trip where several processes count together.
"""

from twofold import App, action, limit, visitor

app = App()


@app.get("/api/search")
@limit("10/second")
@limit("1000/hour")
async def search(q: str) -> list[str]:
    """Find products."""
    return [q]


@action
@limit("5/minute", by=visitor, fail="closed")
async def sign_in(name: str, password: str) -> None:
    """Let somebody in."""
