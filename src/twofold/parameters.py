"""Where a parameter's value comes from, and how a result leaves: markers for annotations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from twofold.errors import ConfigurationError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Header:
    """Take the parameter from a request header: `agent: Annotated[str, Header("User-Agent")]`.

    Args:
        name: in any case; the parameter's name with hyphens when left out.
    """

    name: str | None = None


@dataclass(frozen=True, slots=True)
class Cookie:
    """Take the parameter from a cookie: `theme: Annotated[str, Cookie()] = "light"`.

    Args:
        name: the parameter's name when left out.
    """

    name: str | None = None


@dataclass(frozen=True, slots=True)
class Depends:
    """Take the parameter from a function, whose own parameters are bound the same way: `Annotated[User, Depends(current_user)]`.

    The function runs once per request. One that yields is resumed when the handler is done, before the response leaves.
    """

    function: Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Status:
    """Answer a typed result with this status: `-> Annotated[Reservation, Status(201)]`."""

    code: int

    def __post_init__(self) -> None:
        if not 200 <= self.code <= 299:
            raise ConfigurationError(f"Status({self.code}): a typed result is a success (2xx); raise a ContractError to fail")


@dataclass(frozen=True, slots=True)
class Reply(Generic[T]):
    """A typed result with its status and headers: `return Reply(reservation, status=201)` from `-> Reply[Reservation]`."""

    value: T
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
