"""Load: interleaved runs of the generator, each beside a server on a core of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from contenders import EXTRA_ROUTES, HERE, STATE, Contender
from machine import CLIENT_CPU, MAX_FOREIGN, MAX_STEAL, Server, cpu_seconds, resident_mb, used_seconds, wait_until_quiet
from workloads import Ask, Wrong, check, need, reservations

CONNECTIONS = 32
RETRIES = 3
WARM_UP = {"python": 1.0, "node": 3.0, "next": 4.0}
"""Seconds; a just-in-time compiler needs more of them."""
ALONE = ("W1", "W2")
"""Measured over one connection too."""

Row = dict[str, Any]


def is_clean(row: Row) -> bool:
    """Whether nobody else had used the machine."""
    return bool(row["foreign"] <= MAX_FOREIGN and row["steal"] <= MAX_STEAL)


def run(server: Server, made: Ask, connections: int, seconds: float) -> Row:
    """Load a server once."""
    done = (HERE / "common" / "done.lua").read_text()
    with tempfile.NamedTemporaryFile("w", suffix=".lua", delete=False) as file:
        file.write(made.script(done, time.time_ns() // 1_000))
    command = [
        "taskset", "-c", CLIENT_CPU, "wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--timeout", "10s",
        "-s", file.name, f"http://127.0.0.1:{server.port}{made.path}",
    ]  # fmt: skip
    pids, before, began = server.pids(), used_seconds(), time.perf_counter()
    cpu = cpu_seconds(pids)
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    output = process.stdout.read().decode() if process.stdout else ""
    _, _, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    cpu, after = cpu_seconds(server.pids()) - cpu, used_seconds()
    Path(file.name).unlink()
    found = re.search(r"RESULT (\{.*\})", output)
    if found is None:
        raise Wrong(f"the generator failed: {output[-400:]}")
    told = json.loads(found[1])
    errors = told["e_connect"] + told["e_read"] + told["e_write"] + told["e_timeout"]
    errors += abs(told["e_status"] - (told["requests"] if made.status >= 400 else 0))
    need(errors <= (CONNECTIONS if made.status >= 400 else 0), f"errors: {told}")
    foreign = (after[0] - before[0]) - cpu - usage.ru_utime - usage.ru_stime
    return {
        "requests": told["requests"], "rps": told["requests"] / (told["duration_us"] / 1e6),
        "cpu_us": cpu * 1e6 / told["requests"],
        "p50_us": told["p50_us"], "p99_us": told["p99_us"], "foreign": max(0.0, foreign) / wall,
        "steal": (after[1] - before[1]) / wall,
    }  # fmt: skip


def measure(one: Contender, server: Server, workload: str, seconds: float) -> Row:
    """Check a contender's answers, load it, and count what it has done."""
    made = check(one, server, workload)
    run(server, made, CONNECTIONS, WARM_UP[one.kind])
    row: Row = {}
    for _ in range(RETRIES):
        wait_until_quiet(5)
        before = reservations(server) if made.counts else 0
        row = run(server, made, CONNECTIONS, seconds)
        if made.counts:
            ran = reservations(server) - before
            need(row["requests"] <= ran <= row["requests"] + 2 * CONNECTIONS, f"{row['requests']} answers, {ran} effects")
        if is_clean(row):
            break
    if workload in ALONE:
        alone = run(server, made, 1, max(1, seconds / 2))
        row |= {"alone_p50_us": alone["p50_us"], "alone_cpu_us": alone["cpu_us"]}
    return row | {"memory_mb": resident_mb(server.pids())}


def bench(picked: Sequence[Contender], wanted: Sequence[str], rounds: int, seconds: float, out: Path | None = None) -> Path:
    """Measure contenders, one after the other in each round, so that what drifts does so for all.

    Returns:
        The file of the results: one JSON object on each line.
    """
    file = out or STATE / "results" / time.strftime("%Y%m%d-%H%M%S.jsonl")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("")
    for number in range(1, rounds + 1):
        for one in picked:
            for extra in (0, *EXTRA_ROUTES.values()):
                todo = [each for each in one.workloads if each in wanted and EXTRA_ROUTES.get(each, 0) == extra]
                if todo:
                    _measured(one, extra, todo, number, seconds, file)
    return file


def _measured(one: Contender, extra: int, todo: Sequence[str], number: int, seconds: float, file: Path) -> None:
    try:
        with one.serve(extra) as server:
            start = {"cold_ms": server.cold_seconds * 1e3, "memory_mb": resident_mb(server.pids())}
            if not extra:
                _put(file, {"contender": one.id, "round": number, "workload": "start", **start})
            for workload in todo:
                base = {"contender": one.id, "round": number, "workload": workload}
                try:
                    row = measure(one, server, workload, seconds)
                except (Wrong, OSError, ValueError, KeyError) as error:
                    _put(file, {**base, "error": repr(error)})
                    continue
                _put(file, {**base, **row})
                print(f"{number} {one.id:24} {workload:4} {row['cpu_us']:7.1f} us {row['rps']:8.0f} rps", flush=True)
    except RuntimeError as error:
        _put(file, {"contender": one.id, "round": number, "workload": "start", "error": str(error)})


def _put(file: Path, row: Row) -> None:
    with file.open("a") as end:
        end.write(json.dumps(row) + "\n")
    if "error" in row:
        print(f"  {row['contender']} {row['workload']} is set aside: {row['error'][:300]}", flush=True)
