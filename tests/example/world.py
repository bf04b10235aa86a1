"""What the tests of the shop's web layer share: the shop served in the process, a clock to set, visitors and callers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest

from example.browsing import Visitor
from services.models import PaymentData, PaymentEvent, PaymentEventType, Reservation
from services.provider import signed_event
from services.shop import Shop
from services.tables import ReservationRow
from twofold import App, Settings
from twofold.cache import use

ADMIN_TOKEN = "an-admin-token-for-tests"
PAYMENT_SECRET = "a-secret-shared-with-the-provider"
API_KEYS = "ada:the-api-key-of-ada,bob:the-api-key-of-bob"

# The shop reads its secrets when it is imported.
with pytest.MonkeyPatch.context() as environ:
    for name, value in {"ADMIN_TOKEN": ADMIN_TOKEN, "PAYMENT_SECRET": PAYMENT_SECRET, "API_KEYS": API_KEYS}.items():
        environ.setenv(name, value)
    import composition
    import main
    import sweeper

BASE_URL = "https://shop.example"
PLENTY = "D-1"
"""A product with many units."""
SCARCE = "D-2"
"""A product with three units."""
SETTINGS = Settings(mode="test", secrets="kept-by-these-tests-and-nobody-else")


class Clock:
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def seconds(self) -> float:
        return self.now.timestamp()

    def advance(self, *, minutes: float) -> None:
        self.now += timedelta(minutes=minutes)


class World:
    """A shop that is open, and ways to reach it."""

    def __init__(self, app: App, shop: Shop, clock: Clock, stack: AsyncExitStack) -> None:
        self.app = app
        self.shop = shop
        self.clock = clock
        self._stack = stack

    async def client(self, headers: Mapping[str, str] | None = None) -> httpx2.AsyncClient:
        """Give an HTTP client that keeps cookies and follows nothing."""
        transport = httpx2.ASGITransport(app=self.app)
        return await self._stack.enter_async_context(
            httpx2.AsyncClient(transport=transport, base_url=BASE_URL, headers=dict(headers or {}))
        )

    async def visitor(self) -> Visitor:
        """Give someone with a browser of her own."""
        return Visitor(await self.client({"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}))

    async def admin(self) -> Visitor:
        """Give a visitor who has signed in."""
        admin = await self.visitor()
        await admin.get("/sign-in")
        await admin.submit("Sign in", token=ADMIN_TOKEN)
        return admin

    async def caller(self, name: str = "ada") -> httpx2.AsyncClient:
        """Give a program with an API key."""
        return await self.client({"Authorization": f"Bearer the-api-key-of-{name}"})

    async def available(self, sku: str) -> int:
        return (await self.shop.catalog.get_product(sku)).available

    async def reservations(self, visitor: Visitor) -> list[str]:
        """Give the ids on the visitor's page, the newest first."""
        page = await visitor.get("/reservations")
        return [card.id for card in page.all("li", "reservation")]

    async def reservation_of(self, visitor: Visitor) -> Reservation:
        """Give the newest reservation of a visitor."""
        newest = (await self.reservations(visitor))[0]
        return await self.shop.reservations.get(newest, await self.owner_of(newest))

    async def owner_of(self, reservation_id: str) -> str:
        async with self.shop.db.read() as session:
            return (await session.get_one(ReservationRow, reservation_id)).owner

    async def webhook(
        self, kind: PaymentEventType, reservation: Reservation, event_id: str = "evt_1", secret: str = PAYMENT_SECRET
    ) -> httpx2.Response:
        """Deliver an event as the provider does."""
        data = PaymentData(reservation.id, reservation.amount, reservation.currency)
        signed = signed_event(PaymentEvent(event_id, kind, self.clock(), data), secret)
        headers = {"Content-Type": "application/json", "X-Payment-Signature": signed.signature}
        return await (await self.client()).post("/api/webhooks/payment", content=signed.body, headers=headers)

    async def sweep(self) -> list[str]:
        """Sweep once, as the served app does again and again; give the SKUs of the holds that ran out."""
        with use(self.app.setup.cache_store):
            return [one.sku for one in await sweeper.sweep()]

    async def check_books(self) -> None:
        """Check that every unit is somewhere and that the reservations explain the figures."""
        assert await self.shop.stock.discrepancies() == []


@asynccontextmanager
async def open_world(shop_file: Path, clock: Clock) -> AsyncIterator[World]:
    """Serve the shop on a database that is there. Each start of the app has caches and call keys of its own."""
    main.app.start(SETTINGS, clock=clock.seconds)
    async with AsyncExitStack() as stack:
        shop = await stack.enter_async_context(
            composition.open_shop(f"sqlite+aiosqlite:///{shop_file}", clock, shop_file.parent / "pictures")
        )
        yield World(main.app, shop, clock, stack)


def new_shop_file(directory: Path) -> Path:
    """Make the database of a new shop."""

    async def make() -> None:
        async with composition.open_shop(f"sqlite+aiosqlite:///{directory / 'shop.db'}"):
            pass

    asyncio.run(make())
    return directory / "shop.db"
