"""What happened in one call, told to the development panel. Only `twofold dev` makes a trace: nobody else is told of tags."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from twofold.cache import Recording

NEW = "the browser does not have it"
"""Why a region is rendered that was not outdated: it stands inside something that was."""


@dataclass(slots=True)
class Step:
    """The rendering of one region, or of the page itself.

    Args:
        region: its id; of the page, the pattern of its route.
        arguments: as decoded JSON.
        within: key of the region around it.
        size_bytes: of its HTML; None until it has ended well.
    """

    key: str
    region: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    within: str = ""
    tags: tuple[str, ...] = ()
    size_bytes: int | None = None
    ms: float | None = None
    _began: float = field(default_factory=perf_counter)

    def end(self, html: str, tags: tuple[str, ...]) -> None:
        """Note how the rendering ended, and what it read."""
        self.ms = _ms_since(self._began)
        self.size_bytes = len(html.encode())
        self.tags = tuple(dict.fromkeys(tags))


class Trace:
    """The trace of one call.

    Attributes:
        action: id; empty where only regions are asked for.
        key: by which duplicates of the call are told.
        written: the tags that were revalidated.
    """

    def __init__(self) -> None:
        self.action = ""
        self.key = ""
        self.is_replay = False
        self.written = Recording()
        self._steps: list[Step] = []
        self._began = perf_counter()

    def begin(self, key: str, region: str, arguments: Mapping[str, Any] | None = None, within: str = "") -> Step:
        """Note that a rendering begins."""
        step = Step(key, region, arguments or {}, within)
        self._steps.append(step)
        return step

    def tell(
        self, reasons: Mapping[str, str], *, otherwise: str = NEW, kept: int = 0, late: Collection[str] = ()
    ) -> dict[str, Any]:
        """Give the trace as the panel reads it.

        Args:
            reasons: why regions were rendered, by key.
            otherwise: why those were that have no reason of their own.
            kept: how many regions the browser keeps as they are.
            late: keys of the regions that were given up to be asked for later.
        """
        given_up = set(late)
        for step in self._steps:  # what is inside a region begins after it
            if step.within in given_up:
                given_up.add(step.key)
        return {
            "action": self.action or None,
            "key": self.key or None,
            "replayed": self.is_replay,
            "written": list(self.written.tags),
            "regions": [_told(one, reasons.get(one.key, otherwise), given_up) for one in self._steps],
            "kept": kept,
            "ms": _ms_since(self._began),
        }


def _told(step: Step, reason: str, given_up: Collection[str]) -> dict[str, Any]:
    outcome = "rendered" if step.size_bytes is not None else "late" if step.key in given_up else "failed"
    told = {"key": step.key, "region": step.region, "arguments": step.arguments, "reason": reason, "outcome": outcome}
    return {**told, "tags": list(step.tags), "ms": step.ms, "bytes": step.size_bytes}


def _ms_since(began: float) -> float:
    return round((perf_counter() - began) * 1000, 2)
