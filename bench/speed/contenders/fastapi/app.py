import hmac
import json
import re
from pathlib import Path
from typing import Annotated

from fastapi import FastAPI, Form, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from fastapi.templating import Jinja2Templates
from pydantic import BaseModel, ValidationError
from starlette_csrf import CSRFMiddleware

import store
from models import PriceIn, ReserveIn


class ReserveOut(BaseModel):
    success: bool
    reservationId: str | None = None


app = FastAPI(openapi_url=None)
# The middleware reads the token from a header, which no form without JavaScript sends.
app.add_middleware(CSRFMiddleware, secret="not-secret", exempt_urls=[re.compile(r"^/(api|form)")])


async def stock(sku: str):
    have = store.STOCK.get(sku)
    if have is None:
        return JSONResponse({"error": "not found"}, 404)
    return {"sku": sku, "stock": have}


for i in range(store.N_ROUTES):
    app.get(f"/api/g{i}/{{sku}}")(stock)


@app.get("/reserve", response_class=HTMLResponse)
async def form_page():
    return "<form method=post>…</form>"


@app.post("/reserve")
async def form_reserve(data: Annotated[ReserveIn, Form()]) -> ReserveOut:
    return store.reserve(data.sku, data.quantity)


templates = Jinja2Templates(Path(store.__file__).parent)


@app.get("/form")
async def page(request: Request):
    return templates.TemplateResponse(request, "form.html", {"rows": store.rows()})


@app.post("/form")
async def posted(request: Request, sku: Annotated[str, Form()], quantity: Annotated[str, Form()]):
    try:
        data = ReserveIn.model_validate({"sku": sku, "quantity": quantity})
    except ValidationError as e:
        shown = {"rows": store.rows(), "problem": e.errors()[0]["msg"], "sku": sku, "quantity": quantity}
        return templates.TemplateResponse(request, "form.html", shown, status_code=422)
    store.reserve(data.sku, data.quantity)
    return RedirectResponse("/form", 303)


@app.post("/api/reserve")
async def api_reserve(data: ReserveIn) -> ReserveOut:
    return store.reserve(data.sku, data.quantity)


@app.post("/api/webhooks/payment")
async def webhook(request: Request):
    signature = request.headers.get("x-payment-signature")
    if signature is None:
        return JSONResponse({"error": "missing signature"}, 401)
    raw = await request.body()
    if not hmac.compare_digest(hmac.new(store.SECRET, raw, "sha256").hexdigest(), signature):
        return JSONResponse({"error": "bad signature"}, 403)
    return {"received": isinstance(json.loads(raw)["id"], str)}


@app.post("/api/price")
async def price(data: PriceIn):
    version = store.set_price(data.sku, data.price)
    store.CACHE.invalidate(f"price:{data.sku}")
    return {"ok": True, "version": version}


@app.get("/api/stats")
async def stats():
    return store.COUNTS


@app.get("/api/cached/{sku}")
async def cached(sku: str):
    return store.cached_price(sku)


app.get("/api/stock/{sku}")(stock)
