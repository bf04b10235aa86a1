import hmac
import json
from pathlib import Path

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse
from starlette.routing import Route
from starlette.templating import Jinja2Templates
from starlette_csrf import CSRFMiddleware

import store
from models import PriceIn, ReserveIn


async def form_page(request):
    return HTMLResponse("<form method=post>…</form>")


async def form_reserve(request):
    try:
        data = ReserveIn.model_validate(dict(await request.form()))
    except ValidationError as e:
        return JSONResponse({"error": e.errors(include_url=False)}, 422)
    return JSONResponse(store.reserve(data.sku, data.quantity))


templates = Jinja2Templates(Path(store.__file__).parent)


async def page(request):
    if request.method == "GET":
        return templates.TemplateResponse(request, "form.html", {"rows": store.rows()})
    form = dict(await request.form())
    try:
        data = ReserveIn.model_validate(form)
    except ValidationError as e:
        shown = {"rows": store.rows(), "problem": e.errors()[0]["msg"], "sku": form.get("sku"), "quantity": form.get("quantity")}
        return templates.TemplateResponse(request, "form.html", shown, status_code=422)
    store.reserve(data.sku, data.quantity)
    return RedirectResponse("/form", 303)


async def api_reserve(request):
    try:
        data = ReserveIn.model_validate_json(await request.body())
    except ValidationError as e:
        return JSONResponse({"error": e.errors(include_url=False)}, 422)
    return JSONResponse(store.reserve(data.sku, data.quantity))


async def webhook(request):
    signature = request.headers.get("x-payment-signature")
    if signature is None:
        return JSONResponse({"error": "missing signature"}, 401)
    raw = await request.body()
    if not hmac.compare_digest(hmac.new(store.SECRET, raw, "sha256").hexdigest(), signature):
        return JSONResponse({"error": "bad signature"}, 403)
    return JSONResponse({"received": isinstance(json.loads(raw)["id"], str)})


async def stock(request):
    sku = request.path_params["sku"]
    have = store.STOCK.get(sku)
    if have is None:
        return JSONResponse({"error": "not found"}, 404)
    return JSONResponse({"sku": sku, "stock": have})


async def cached(request):
    return JSONResponse(store.cached_price(request.path_params["sku"]))


async def price(request):
    data = PriceIn.model_validate_json(await request.body())
    version = store.set_price(data.sku, data.price)
    store.CACHE.invalidate(f"price:{data.sku}")
    return JSONResponse({"ok": True, "version": version})


async def stats(request):
    return JSONResponse(store.COUNTS)


csrf = [Middleware(CSRFMiddleware, secret="not-secret", cookie_samesite="lax")]
app = Starlette(routes=[
    *(Route(f"/api/g{i}/{{sku}}", stock) for i in range(store.N_ROUTES)),
    Route("/reserve", form_page, methods=["GET"], middleware=csrf),
    Route("/reserve", form_reserve, methods=["POST"], middleware=csrf),
    Route("/form", page, methods=["GET", "POST"]),
    Route("/api/reserve", api_reserve, methods=["POST"]),
    Route("/api/webhooks/payment", webhook, methods=["POST"]),
    Route("/api/price", price, methods=["POST"]),
    Route("/api/stats", stats),
    Route("/api/cached/{sku}", cached),
    Route("/api/stock/{sku}", stock),
])
