"""A context variable that has a value for a block."""

from __future__ import annotations

from contextlib import AbstractContextManager
from contextvars import ContextVar
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Scoped(AbstractContextManager[T], Generic[T]):
    """Set a context variable inside the block, which gets its value.

    What a generator with `contextmanager` does in four lines, at a third of its price.
    """

    __slots__ = ("_token", "_value", "_variable")

    def __init__(self, variable: ContextVar[Any], value: T) -> None:
        self._variable = variable
        self._value = value

    def __enter__(self) -> T:
        self._token = self._variable.set(self._value)
        return self._value

    def __exit__(self, *failure: object) -> None:
        self._variable.reset(self._token)
