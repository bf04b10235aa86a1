"""The shop in production: `twofold serve` with several workers, on real servers."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import psutil

SHOP = Path(__file__).parents[2] / "examples" / "inventory"
PAYMENT_SECRET = "the-payment-secret-of-these-tests"
API_KEY = "the-api-key-of-these-tests"
SECONDS = 60


class ShopServer:
    """A supervisor and its workers."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self.log = log
        self.url = self._url()

    def workers(self) -> list[int]:
        """Give the ids of the processes that serve."""
        return [one.pid for one in psutil.Process(self.process.pid).children(recursive=True)]

    def kill_worker(self) -> None:
        """End one of them as a power cut would."""
        os.kill(self.workers()[0], signal.SIGKILL)

    def client(self) -> httpx2.AsyncClient:
        limits = httpx2.Limits(max_connections=60, max_keepalive_connections=60)
        headers = {"authorization": f"Bearer {API_KEY}"}
        return httpx2.AsyncClient(base_url=self.url, headers=headers, timeout=SECONDS, limits=limits, trust_env=False)

    def _url(self) -> str:
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            told = self.log.read_text(errors="replace")
            found = re.search(r"on (http://\S+)", told)
            if found:
                return found[1]
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise RuntimeError(f"the shop does not serve:\n{self.log.read_text(errors='replace')}")


@contextmanager
def serving_shop(folder: Path, database_url: str, redis_url: str, *, workers: int = 2, **variables: str) -> Iterator[ShopServer]:
    """Serve the shop on a free port for the block."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("TWOFOLD_", "PG"))}
    environment = {
        **inherited,
        "TWOFOLD_SECRET": "kept-by-these-tests-and-nobody-else",
        "TWOFOLD_ALLOWED_HOSTS": "127.0.0.1",
        "TWOFOLD_REDIS_URL": redis_url,
        "DATABASE_URL": database_url,
        "PICTURES": str(folder / "pictures"),
        "PAYMENT_SECRET": PAYMENT_SECRET,
        "ADMIN_TOKEN": "the-admin-token-of-these-tests",
        "API_KEYS": f"tests:{API_KEY}",
        **variables,
    }
    log = folder / "shop.log"
    command = [sys.executable, "-m", "twofold.cli", "serve", "main:app", "--port", "0", "--workers", str(workers)]
    with log.open("wb") as file:
        process = subprocess.Popen([*command, "--no-access-log"], cwd=SHOP, env=environment, stdout=file, stderr=file)
    try:
        yield ShopServer(process, log)
    finally:
        process.terminate()
        try:
            process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise


async def reserve(client: httpx2.AsyncClient, sku: str, key: str, quantity: int = 1) -> httpx2.Response:
    """Order once, and ask again with the same key until there is a definite answer, as a careful client does."""
    until = time.monotonic() + SECONDS
    while True:
        try:
            answer = await client.post(
                "/api/reservations", json={"sku": sku, "quantity": quantity}, headers={"idempotency-key": key}
            )
        except httpx2.HTTPError:
            answer = None
        if answer is not None and answer.status_code < 500:
            return answer
        if time.monotonic() > until:
            raise RuntimeError(f"no answer but {answer}")
        await asyncio.sleep(0.05)


async def pay(client: httpx2.AsyncClient, reservation: dict[str, Any], event_id: str) -> httpx2.Response:
    """Deliver the news of a payment, as the provider does."""
    event = {
        "id": event_id,
        "type": "payment.succeeded",
        "created": "2026-01-05T09:00:00Z",
        "data": {
            "reservation_id": reservation["id"],
            "amount": reservation["amount"],
            "currency": reservation["currency"],
        },
    }
    body = json.dumps(event).encode()
    signature = hmac.new(PAYMENT_SECRET.encode(), body, hashlib.sha256).hexdigest()
    headers = {"x-payment-signature": signature, "content-type": "application/json"}
    return await client.post("/api/webhooks/payment", content=body, headers=headers)


async def level(client: httpx2.AsyncClient, sku: str) -> tuple[int, int, int]:
    """Give how many units are available, held and sold."""
    answer = await client.get(f"/api/stock/{sku}")
    found = answer.json()
    return found["available"], found["held"], found["sold"]
