from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from app._reads import Sku
from app.api._callers import api_caller, call_key
from composition import shop
from services.models import OrderQuantity, Reservation
from twofold import CallNext, Depends, Reply, Request, Response, cors, limit, use


@dataclass(frozen=True, slots=True)
class Order:
    sku: Sku
    quantity: OrderQuantity


async def mark_replays(request: Request, call_next: CallNext) -> Response:
    """Tell the caller when the answer is the one that its key got before, be it a reservation or a refusal."""
    response = await call_next(request)
    if getattr(request.state, "is_replay", False):
        response.headers["Idempotent-Replayed"] = "true"
    return response


@cors(origins="*", headers=["Authorization", "Idempotency-Key"], expose=["Location", "Idempotent-Replayed"])
@limit("1000/minute", name="api")
@use(mark_replays)
async def POST(
    order: Order,
    request: Request,
    owner: Annotated[str, Depends(api_caller)],
    key: Annotated[str | None, Depends(call_key)],
) -> Reply[Reservation]:
    """Hold stock for fifteen minutes. The same `Idempotency-Key` gets the same answer, and no second hold."""
    answer = await shop().reservations.answer(order.sku, order.quantity, owner, key)
    request.state.is_replay = answer.is_replay
    held = answer.unwrap()
    return Reply(held, 201, {"Location": f"/api/reservations/{held.id}"})
