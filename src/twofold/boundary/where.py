"""Say where in the app's source an annotation stands, so that a refusal can be clicked."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from twofold.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Where:
    """The place of an annotation in the app's source."""

    file: str
    line: int
    function: str
    parameter: str = ""

    @classmethod
    def of(cls, function: Callable[..., Any]) -> Where:
        """Give the place of a function's definition."""
        plain = inspect.unwrap(function)
        code = getattr(plain, "__code__", None)
        name = getattr(plain, "__qualname__", repr(plain))
        return cls(code.co_filename, code.co_firstlineno, name) if code else cls("<unknown>", 0, name)

    def at(self, parameter: str) -> Where:
        """Give the same place, at one parameter (`return` for the result)."""
        return replace(self, parameter=parameter)

    def __str__(self) -> str:
        named = f", parameter `{self.parameter}`" if self.parameter not in ("", "return") else ""
        named = ", return annotation" if self.parameter == "return" else named
        return f"{self.file}:{self.line}: {self.function}(){named}"

    def refuse(self, what: str, remedy: str) -> ConfigurationError:
        """Give the error for misuse at this place."""
        return ConfigurationError(f"{self}: {what}. {remedy}")


NOWHERE = Where("<unknown>", 0, "<boundary>")
