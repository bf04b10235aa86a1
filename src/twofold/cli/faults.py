"""An exception as its reader wants it: what and where, the app's own code first, with the source around it."""

from __future__ import annotations

import linecache
import site
import sys
import sysconfig
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

CONTEXT_LINES = 5
MAX_FAULTS = 20


@dataclass(frozen=True, slots=True)
class Line:
    """One line of source."""

    number: int
    text: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """One call on the way to an exception.

    Attributes:
        file: relative to the project where it is in it.
        is_app: whether it is the app's own code.
    """

    file: str
    line: int
    function: str
    source: tuple[Line, ...]
    is_app: bool


@dataclass(frozen=True, slots=True)
class Fault:
    """One exception of a chain.

    Attributes:
        relation: to the one before it in the list; empty for the first.
        frames: innermost first.
    """

    relation: str
    kind: str
    message: str
    notes: tuple[str, ...]
    frames: tuple[Frame, ...] = field(repr=False)

    @property
    def own(self) -> tuple[Frame, ...]:
        """The app's own frames; the innermost of all where it has none."""
        return tuple(frame for frame in self.frames if frame.is_app) or self.frames[:1]

    @property
    def foreign(self) -> tuple[Frame, ...]:
        """All other frames."""
        return tuple(frame for frame in self.frames if frame not in self.own)


def faults_of(error: BaseException, root: Path) -> list[Fault]:
    """Give an exception, what caused it, and what it holds, the last raised first.

    Args:
        root: the project; code in it is the app's own.
    """
    return [_fault(one, relation, root) for relation, one in _chain(error)]


def _chain(error: BaseException) -> list[tuple[str, BaseException]]:
    found: list[tuple[str, BaseException]] = []
    waiting = [("", error)]
    while waiting and len(found) < MAX_FAULTS:
        relation, one = waiting.pop(0)
        if any(one is seen for _, seen in found):
            continue
        found.append((relation, one))
        waiting.extend(_related(one))
    return found


def _related(error: BaseException) -> Iterator[tuple[str, BaseException]]:
    if error.__cause__ is not None:
        yield "caused by", error.__cause__
    elif error.__context__ is not None and not error.__suppress_context__:
        yield "raised while this was handled", error.__context__
    if isinstance(error, BaseExceptionGroup):
        yield from (("in the group", one) for one in error.exceptions)


def _fault(error: BaseException, relation: str, root: Path) -> Fault:
    frames = [_frame(one.filename, one.lineno or 0, one.name, root) for one in traceback.extract_tb(error.__traceback__)]
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        frames.append(_frame(error.filename, error.lineno, "", root))
    message = error.msg if isinstance(error, SyntaxError) else str(error)
    notes = tuple(str(note) for note in getattr(error, "__notes__", ()))
    return Fault(relation, _kind(error), message, notes, tuple(reversed(frames)))


def _kind(error: BaseException) -> str:
    kind = type(error)
    return kind.__qualname__ if kind.__module__ in ("builtins", "__main__") else f"{kind.__module__}.{kind.__qualname__}"


def _frame(file: str, line: int, function: str, root: Path) -> Frame:
    is_app = is_own(file, root)
    shown = str(Path(file).relative_to(root)) if is_app else file
    return Frame(shown, line, function, tuple(_source(file, line)), is_app)


def _source(file: str, line: int) -> Iterator[Line]:
    linecache.checkcache(file)
    lines = linecache.getlines(file)
    first = max(1, line - CONTEXT_LINES)
    for number, text in enumerate(lines[first - 1 : line + CONTEXT_LINES], first):
        yield Line(number, text.rstrip("\n"), number == line)


def is_own(file: str, root: Path) -> bool:
    """Whether a file is the app's own code: in the project, and not installed there."""
    path = Path(file)
    return path.is_relative_to(root) and not any(path.is_relative_to(one) for one in _installed())


def _installed() -> list[Path]:
    paths = [*site.getsitepackages(), sysconfig.get_path("stdlib"), site.getusersitepackages()]
    # The framework itself may lie in the project, as it does in its own repository.
    return [*map(Path, paths), Path(sys.prefix) / "lib", Path(__file__).parents[1]]
