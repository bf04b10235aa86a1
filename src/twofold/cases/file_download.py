"""A visitor downloads a file.

model: route handler, GET
why: A link needs a URL of its own, and so does whoever keeps it.
cost: One request; a response that streams needs no memory for the whole.
"""

from twofold import App, Response

app = App()


@app.get("/reports/stock.csv")
async def stock() -> Response:
    """Give the stock as a table."""
    return Response("sku,units\r\nA-1,3\r\n", media_type="text/csv")
