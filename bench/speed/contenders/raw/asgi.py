"""The limit on ASGI: no framework, msgspec for JSON and validation.

It makes the same checks as the frameworks, and the same promises: an action runs once for its call key, also when the
caller hangs up, and the outcome is given again to a retry.
"""

import asyncio
import hashlib
import hmac
import time
from collections import OrderedDict
from html import escape
from typing import Annotated
from urllib.parse import parse_qs

import msgspec

import store

Sku = Annotated[str, msgspec.Meta(pattern=store.SKU_PATTERN)]
Qty = Annotated[int, msgspec.Meta(ge=1, le=100)]


class ReserveIn(msgspec.Struct):
    sku: Sku
    quantity: Qty


class PriceIn(msgspec.Struct):
    sku: Sku
    price: int


decode_reserve = msgspec.json.Decoder(ReserveIn).decode
decode_price = msgspec.json.Decoder(PriceIn).decode
decode_any = msgspec.json.Decoder().decode
encode = msgspec.json.Encoder().encode
JSON = (b"content-type", b"application/json")


async def body_of(receive):
    message = await receive()
    body = message.get("body", b"")
    while message.get("more_body"):
        message = await receive()
        body += message.get("body", b"")
    return body


async def reply(send, status, value):
    data = encode(value)
    await send({"type": "http.response.start", "status": status,
                "headers": [JSON, (b"content-length", b"%d" % len(data))]})
    await send({"type": "http.response.body", "body": data})


def same_origin(headers):
    origin = host = site = None
    for name, value in headers:
        if name == b"origin":
            origin = value
        elif name == b"host":
            host = value
        elif name == b"sec-fetch-site":
            site = value
    if site is not None:
        return site == b"same-origin"
    return origin is not None and origin.partition(b"://")[2] == host


KEYS = OrderedDict()
MAX_KEYS, DAY_SECONDS = 100_000, 24 * 60 * 60
KEY_CHARACTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"
IN_FLIGHT = object()


def call_key(headers):
    for name, value in headers:
        if name == b"twofold-call":
            key = value.decode("latin-1")
            return key if 16 <= len(key) <= 64 and not key.strip(KEY_CHARACTERS) else None
    return None


async def once(key, raw, run):
    """Run an effect once for a key, in a task that outlives its caller, and keep the answer for a day."""
    fingerprint = hashlib.sha256(raw).digest()
    known = KEYS.get(key)
    if known is not None and known[2] > time.monotonic():
        if known[0] != fingerprint or known[1] is IN_FLIGHT:
            return 409, {"error": "conflict"}
        return 200, known[1]
    while len(KEYS) >= MAX_KEYS:
        KEYS.popitem(last=False)
    KEYS[key] = fingerprint, IN_FLIGHT, time.monotonic() + DAY_SECONDS

    async def effect():
        try:
            value = await run()
        except BaseException:
            del KEYS[key]
            raise
        KEYS[key] = fingerprint, value, time.monotonic() + DAY_SECONDS
        return value

    return 200, await asyncio.shield(asyncio.create_task(effect()))


async def called(scope, receive, send, run):
    headers = scope["headers"]
    if not same_origin(headers):
        return await reply(send, 403, {"error": "csrf"})
    key = call_key(headers)
    if key is None:
        return await reply(send, 422, {"error": "no call key"})
    raw = await body_of(receive)
    try:
        data = decode_reserve(raw)
    except msgspec.ValidationError as e:
        return await reply(send, 422, {"error": str(e)})
    status, value = await once((run, key), raw, lambda: run(data))
    await reply(send, status, {"data": value})


async def reserve(data):
    return store.reserve(data.sku, data.quantity)


async def action_reserve(scope, receive, send):
    await called(scope, receive, send, reserve)


async def action_restock(scope, receive, send):
    await called(scope, receive, send, restock)


async def restock(data):
    store.STOCK[data.sku] += data.quantity
    LEVELS.pop(data.sku, None)
    return {"data": store.STOCK[data.sku], "regions": [{"id": data.sku, "html": row(data.sku)}]}


LEVELS = {}
ROWS = [f"SKU-{number:04d}" for number in range(20)]


def row(sku):
    level = LEVELS.get(sku)
    if level is None:
        level = LEVELS[sku] = store.STOCK[sku]
    return f"<p>{escape(sku)}: {level}</p>"


HTML = (b"content-type", b"text/html; charset=utf-8")


def page(sku="", quantity="", problem=""):
    rows = "".join([f"<tr><td>{escape(one)}</td><td>{store.STOCK[one]}</td></tr>" for one in ROWS])
    alert = f'<p role="alert">{escape(problem)}</p>' if problem else ""
    return (
        f'<!doctype html><html lang="en"><h1>Stock</h1><table>{rows}</table>{alert}<form method="post">'
        f'<input name="sku" value="{escape(sku)}"><input name="quantity" value="{escape(quantity)}"><button>Reserve</button></form></html>'
    ).encode()


async def show(send, status, data):
    await send({"type": "http.response.start", "status": status, "headers": [HTML, (b"content-length", b"%d" % len(data))]})
    await send({"type": "http.response.body", "body": data})


async def form_page(scope, receive, send):
    await show(send, 200, page())


async def form_posted(scope, receive, send):
    if not same_origin(scope["headers"]):
        return await reply(send, 403, {"error": "csrf"})
    fields = parse_qs((await body_of(receive)).decode())
    sku, quantity = fields.get("sku", [""])[0], fields.get("quantity", [""])[0]
    try:
        data = msgspec.convert({"sku": sku, "quantity": quantity}, ReserveIn, strict=False)
    except msgspec.ValidationError as e:
        return await show(send, 422, page(sku, quantity, str(e)))
    await show(send, 200, page(problem=f"Reserved {store.reserve(data.sku, data.quantity)['reservationId']}"))


async def api_reserve(scope, receive, send):
    try:
        data = decode_reserve(await body_of(receive))
    except msgspec.ValidationError as e:
        return await reply(send, 422, {"error": str(e)})
    await reply(send, 200, store.reserve(data.sku, data.quantity))


async def webhook(scope, receive, send):
    signature = None
    for name, value in scope["headers"]:
        if name == b"x-payment-signature":
            signature = value
    if signature is None:
        return await reply(send, 401, {"error": "missing signature"})
    raw = await body_of(receive)
    want = hmac.digest(store.SECRET, raw, "sha256").hex().encode()
    if not hmac.compare_digest(want, signature):
        return await reply(send, 403, {"error": "bad signature"})
    event = decode_any(raw)
    await reply(send, 200, {"received": type(event["id"]) is str})


async def stock(scope, receive, send):
    sku = scope["path"].rpartition("/")[2]
    have = store.STOCK.get(sku)
    if have is None:
        return await reply(send, 404, {"error": "not found"})
    await reply(send, 200, {"sku": sku, "stock": have})


async def cached(scope, receive, send):
    await reply(send, 200, store.cached_price(scope["path"].rpartition("/")[2]))


async def price(scope, receive, send):
    try:
        data = decode_price(await body_of(receive))
    except msgspec.ValidationError as e:
        return await reply(send, 422, {"error": str(e)})
    version = store.set_price(data.sku, data.price)
    store.CACHE.invalidate(f"price:{data.sku}")
    await reply(send, 200, {"ok": True, "version": version})


async def stats(scope, receive, send):
    await reply(send, 200, store.COUNTS)


STATIC = {
    ("POST", "/_action/reserve"): action_reserve,
    ("POST", "/_action/restock"): action_restock,
    ("GET", "/form"): form_page,
    ("POST", "/form"): form_posted,
    ("POST", "/api/reserve"): api_reserve,
    ("POST", "/api/webhooks/payment"): webhook,
    ("POST", "/api/price"): price,
    ("GET", "/api/stats"): stats,
}
DYNAMIC = {("GET", f"/api/g{i}"): stock for i in range(store.N_ROUTES)}
DYNAMIC |= {("GET", "/api/stock"): stock, ("GET", "/api/cached"): cached}


async def app(scope, receive, send):
    if scope["type"] == "http":
        method, path = scope["method"], scope["path"]
        handler = STATIC.get((method, path)) or DYNAMIC.get((method, path.rpartition("/")[0]))
        if handler is None:
            return await reply(send, 404, {"error": "not found"})
        return await handler(scope, receive, send)
    if scope["type"] == "lifespan":
        while True:
            kind = (await receive())["type"]
            await send({"type": kind + ".complete"})
            if kind == "lifespan.shutdown":
                return
