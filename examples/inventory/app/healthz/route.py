from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Health:
    status: Literal["ok"] = "ok"


async def GET() -> Health:
    """Tell that the process answers."""
    return Health()
