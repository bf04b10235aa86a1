"""The stock: what there is, and that nobody gets more. It knows nothing of the web."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Le
from twofold.errors import ContractError, NotFound

Quantity = Annotated[int, Ge(1), Le(100)]


@dataclass
class Product:
    """What the shop sells."""

    sku: str
    name: str
    available: int


class OutOfStock(ContractError, code="OUT_OF_STOCK", status=409):
    """There are fewer than were asked for."""

    available: int


shelf: dict[str, Product] = {}


def fill() -> None:
    """Put the first lamps on the shelf."""
    shelf["A-1"] = Product("A-1", "Desk lamp", 3)
    shelf["B-1"] = Product("B-1", "Floor lamp", 8)


def find(sku: str) -> Product:
    """Give one product."""
    if sku not in shelf:
        raise NotFound("There is no such lamp")
    return shelf[sku]


def take(sku: str, quantity: int) -> Product:
    """Take lamps from the shelf, or none at all."""
    found = find(sku)
    if quantity > found.available:
        raise OutOfStock(f"Only {found.available} left", available=found.available)
    found.available -= quantity
    return found


def put(sku: str, quantity: int) -> Product:
    """Put lamps on the shelf."""
    found = find(sku)
    found.available += quantity
    return found


fill()
