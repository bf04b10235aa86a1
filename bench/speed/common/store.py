"""The in-memory store that every Python contender shares (no database)."""
import os

N_ROUTES = int(os.environ.get("EXTRA_ROUTES", "0"))
SECRET = os.environ.get("WEBHOOK_SECRET", "whsec_measured_and_public").encode()
SKU_PATTERN = r"^[A-Z]{3}-[0-9]{4}$"

STOCK = {f"SKU-{i:04d}": 10**12 for i in range(100)}
PRICE = {f"SKU-{i:04d}": (1000 + i, 1) for i in range(100)}  # price, version
COUNTS = {"reservations": 0, "computes": 0}


def reserve(sku: str, quantity: int) -> dict:
    have = STOCK.get(sku)
    if have is None or have < quantity:
        return {"success": False, "error": "out of stock"}
    STOCK[sku] = have - quantity
    n = COUNTS["reservations"] = COUNTS["reservations"] + 1
    return {"success": True, "reservationId": f"res-{n:08x}"}


def compute_price(sku: str) -> dict:
    """The value behind the cache; counted so a test can see recomputation."""
    COUNTS["computes"] += 1
    price, version = PRICE[sku]
    return {"sku": sku, "price": price, "version": version}


def set_price(sku: str, price: int) -> int:
    version = PRICE[sku][1] + 1
    PRICE[sku] = (price, version)
    return version


class TagCache:
    """Smallest possible tagged cache, for contenders that ship none."""

    def __init__(self):
        self.values, self.by_tag = {}, {}

    def get(self, key, tags, compute):
        try:
            return self.values[key]
        except KeyError:
            value = self.values[key] = compute()
            for tag in tags:
                self.by_tag.setdefault(tag, set()).add(key)
            return value

    def invalidate(self, tag):
        for key in self.by_tag.pop(tag, ()):
            self.values.pop(key, None)


CACHE = TagCache()


def cached_price(sku: str) -> dict:
    return CACHE.get(("price", sku), (f"price:{sku}",), lambda: compute_price(sku))


def rows() -> list:
    """What the page of the form shows."""
    return [(f"SKU-{i:04d}", STOCK[f"SKU-{i:04d}"]) for i in range(20)]
