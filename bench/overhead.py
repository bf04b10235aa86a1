"""Measure what the framework costs, without a server: microseconds of Python per request, beside the hand-written app.

python bench/overhead.py [--profile WORKLOAD] [--json FILE]
"""

from __future__ import annotations

import argparse
import cProfile
import importlib.util
import itertools
import json
import pstats
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvloop

SPEED = Path(__file__).parent / "speed"
ROUNDS, REQUESTS = 15, 2_000
sys.path[:0] = [str(SPEED), str(SPEED / "common")]

from workloads import EVENT, signed  # noqa: E402  found by the path above

ORDER = b'{"sku":"SKU-0001","quantity":2}'
OWN = [(b"origin", b"http://127.0.0.1:8000"), (b"sec-fetch-site", b"same-origin")]
JSON = [(b"content-type", b"application/json")]

Workload = tuple[str, str, list[tuple[bytes, bytes]], bytes]


def loaded(name: str, file: str) -> Any:
    """Import a contender's app."""
    spec = importlib.util.spec_from_file_location(f"{name}_app", SPEED / "contenders" / name / file)
    if spec is None or spec.loader is None:
        raise ImportError(name)
    module = importlib.util.module_from_spec(spec)
    sys.modules[module.__name__] = module
    spec.loader.exec_module(module)
    return module.app


def workloads(action: str) -> dict[str, Workload]:
    """Give method, path, headers and body of each workload."""
    return {
        "W1": ("POST", action, [*JSON, *OWN], ORDER),
        "W2": ("POST", "/api/reserve", JSON, ORDER),
        "W3": ("POST", "/api/webhooks/payment", [*JSON, (b"x-payment-signature", signed(EVENT).encode())], EVENT.encode()),
        "W4": ("GET", "/api/stock/SKU-0001", [], b""),
        "W5": ("GET", "/api/cached/SKU-0001", [], b""),
    }


def requester(app: Any, workload: Workload, keys: Callable[[], bytes]) -> Callable[[], Any]:
    """Give what sends one request, and checks the answer."""
    method, target, headers, body = workload
    path, _, query = target.partition("?")
    base = [(b"host", b"127.0.0.1:8000"), (b"user-agent", b"x"), (b"accept", b"*/*"), *headers]
    if body:
        base.append((b"content-length", b"%d" % len(body)))
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http", "path": path,
        "raw_path": path.encode(), "query_string": query.encode(), "root_path": "", "client": ("127.0.0.1", 5),
        "server": ("127.0.0.1", 8000), "state": {},
    }  # fmt: skip
    message = {"type": "http.request", "body": body, "more_body": False}

    async def receive() -> Any:
        return message

    async def send(message: Any) -> None:
        if message.get("status", 200) != 200:
            raise RuntimeError(message)

    async def once() -> None:
        await app({**scope, "headers": [*base, (b"twofold-call", keys())]}, receive, send)

    return once


async def measured(requests: dict[str, Callable[[], Any]]) -> dict[str, list[float]]:
    """Give microseconds per request by name, interleaved."""
    times: dict[str, list[float]] = {name: [] for name in requests}
    for _ in range(ROUNDS):
        for name, once in requests.items():
            began = time.perf_counter()
            for _ in range(REQUESTS):
                await once()
            times[name].append((time.perf_counter() - began) / REQUESTS * 1e6)
    return times


async def profiled(once: Callable[[], Any]) -> None:
    """Print where the time of one workload goes."""
    for _ in range(REQUESTS):
        await once()
    profile = cProfile.Profile()
    profile.enable()
    for _ in range(10 * REQUESTS):
        await once()
    profile.disable()
    pstats.Stats(profile).sort_stats("tottime").print_stats(45)


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", metavar="WORKLOAD")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    raw, ours = loaded("raw", "asgi.py"), loaded("twofold", "app.py")
    numbers = itertools.count()

    def key() -> bytes:
        return b"key-%012d" % next(numbers)

    of_raw = workloads("/_action/reserve")
    of_ours = workloads("/_twofold/call?/twofold_app.reserve")
    if options.profile:
        uvloop.run(profiled(requester(ours, of_ours[options.profile], key)))
        return
    requests = {}
    for name in of_raw:
        requests[f"raw {name}"] = requester(raw, of_raw[name], key)
        requests[f"twofold {name}"] = requester(ours, of_ours[name], key)
    times = uvloop.run(measured(requests))
    print("| workload | hand-written, us | Twofold, us | more, us (min) | more, us (median) |\n|---|---|---|---|---|")
    rows = {}
    for name in of_raw:
        theirs, own = times[f"raw {name}"], times[f"twofold {name}"]
        low, middle = min(own) - min(theirs), statistics.median(own) - statistics.median(theirs)
        rows[name] = {"raw": theirs, "twofold": own}
        print(f"| {name} | {min(theirs):.1f} | {min(own):.1f} | {low:.1f} | {middle:.1f} |")
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
