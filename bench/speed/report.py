"""The table: each contender beside the hand-written app on the same server program, in CPU time and in requests a second."""

from __future__ import annotations

import json
import statistics
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from load import is_clean
from workloads import ALL

RAW, NEXT = "raw@uvicorn", "next15@node"
CHANGED = 0.10
"""How much a figure may change from one run to the next, relative to the hand-written app's, before it is shown as changed."""

Rows = Mapping[tuple[str, str], Sequence[Mapping[str, Any]]]


def rows_of(file: Path) -> Rows:
    """Give the runs of each contender and workload; those with others on the machine only where there is no clean one."""
    found: defaultdict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for line in file.read_text().splitlines():
        row = json.loads(line)
        if "error" not in row:
            found[row["contender"], row["workload"]].append(row)
    return {key: [one for one in rows if "foreign" not in one or is_clean(one)] or rows for key, rows in found.items()}


def best(rows: Rows, contender: str, workload: str, figure: str = "cpu_us") -> float | None:
    """Give the best of all rounds: what others do on the machine only makes a round slower."""
    values = [one[figure] for one in rows.get((contender, workload), ()) if figure in one]
    return (max if figure == "rps" else min)(values) if values else None


def table(file: Path) -> str:
    """Give all workloads as Markdown."""
    rows = rows_of(file)
    parts = [part for workload in ALL for part in _of_workload(rows, workload)]
    return "\n".join([*summary(rows), *parts, *_starts(rows)])


def summary(rows: Rows) -> Iterator[str]:
    """Give one table of all: CPU time for each request, and how much of the hand-written app's speed that is."""
    measured = [each for each in ALL if any(workload == each for _, workload in rows)]
    yield f"| CPU us (hand-written : this) | {' | '.join(measured)} |\n|---|{'---|' * len(measured)}"
    for one in dict.fromkeys(contender for contender, _ in rows):
        yield f"| {one} | {' | '.join(_cell(rows, one, each) for each in measured)} |"


def _cell(rows: Rows, one: str, workload: str) -> str:
    own, raw = best(rows, one, workload), best(rows, RAW, workload)
    if own is None:
        return ""
    return f"{own:,.0f}" if raw is None else f"{own:,.0f} ({raw / own:.2f})"


def _of_workload(rows: Rows, workload: str) -> Iterator[str]:
    contenders = sorted({one for one, each in rows if each == workload}, key=lambda one: best(rows, one, workload) or 0)
    if not contenders:
        return
    raw, of_next = best(rows, RAW, workload), best(rows, NEXT, workload)
    yield f"\n### {workload}: {ALL[workload]}\n"
    yield "| contender | CPU us, best (all rounds) | hand-written : this | Next 15 : this | requests/s | p50 ms | alone, p50 us |"
    yield "|---|---|---|---|---|---|---|"
    for one in contenders:
        cpu = [each["cpu_us"] for each in rows[one, workload]]
        alone = best(rows, one, workload, "alone_p50_us")
        yield (
            f"| {one} | {min(cpu):.1f} ({min(cpu):.1f}-{max(cpu):.1f}) "
            f"| {_ratio(raw, cpu)} | {_ratio(of_next, cpu)} "
            f"| {best(rows, one, workload, 'rps'):,.0f} | {(best(rows, one, workload, 'p50_us') or 0) / 1e3:.2f} "
            f"| {'' if alone is None else f'{alone:.0f}'} |"
        )


def _ratio(of: float | None, cpu: Sequence[float]) -> str:
    return "" if of is None else f"{of / min(cpu):.2f}"


def _starts(rows: Rows) -> Iterator[str]:
    yield "\n### Start\n\n| contender | first answer, ms (min-max) | memory, MB |\n|---|---|---|"
    for one, workload in rows:
        if workload == "start":
            cold = [each["cold_ms"] for each in rows[one, workload]]
            memory = statistics.median(each["memory_mb"] for each in rows[one, workload])
            yield f"| {one} | {statistics.median(cold):.0f} ({min(cold):.0f}-{max(cold):.0f}) | {memory:.0f} |"


def compared(file: Path, kept: Path) -> str:
    """Give what has changed since the kept run, each figure relative to the hand-written app's of its own run."""
    now, then = rows_of(file), rows_of(kept)
    lines = ["\n### Since the kept run\n", "| contender | workload | then | now | |", "|---|---|---|---|---|"]
    for (one, workload), rows in now.items():
        before, after = (_relative(each, one, workload) for each in (then, now))
        if one == RAW or before is None or after is None or not rows:
            continue
        mark = "slower" if after > before * (1 + CHANGED) else "faster" if after < before * (1 - CHANGED) else ""
        lines.append(f"| {one} | {workload} | {before:.2f} | {after:.2f} | {mark} |")
    return "\n".join(lines)


def _relative(rows: Rows, one: str, workload: str) -> float | None:
    own, raw = best(rows, one, workload), best(rows, RAW, workload)
    return None if own is None or raw is None else own / raw
