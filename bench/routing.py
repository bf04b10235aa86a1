"""Measure what one match costs with 10, 1,000 and 10,000 routes of each shape.

    python bench/routing.py [--routes 10 1000 10000] [--seconds 0.05]

Each cell is the best of interleaved rounds, in nanoseconds per call: the least disturbed one. Differences under a
fifth are noise on a shared machine.
"""

from __future__ import annotations

import argparse
import gc
from collections.abc import Callable, Iterator
from itertools import repeat
from time import perf_counter_ns

from twofold.routing import Match, RouteTree

SHAPES = ("/pages/page{}", "/api/stock{}/{{sku}}", "/shop{}/{{shop}}/items/{{item}}", "/files{}/{{path...}}")

PATHS = {
    "text": b"/pages/page7",
    "one parameter": b"/api/stock7/A-1",
    "one parameter, slash": b"/api/stock7/A-1/",
    "one parameter, encoded": b"/api/stock7/A%201",
    "two parameters": b"/shop7/main/items/A-1",
    "rest of three": b"/files7/a/b/c",
    "nothing there": b"/api/stock7/A-1/price",
}

ROUNDS = 9


def tree_with(routes: int) -> RouteTree[str]:
    """Make a tree with this many routes of each shape."""
    tree: RouteTree[str] = RouteTree()
    for number in range(routes):
        for shape in SHAPES:
            tree.node(shape.format(number), "bench/routing.py").value = shape
    return tree


def nanoseconds_per_call(match: Callable[[bytes], object], path: bytes, calls: int) -> float:
    """Time some calls in a row, loop included (about 10 ns a turn)."""
    start = perf_counter_ns()
    for _ in repeat(None, calls):
        match(path)
    return (perf_counter_ns() - start) / calls


def measured(trees: dict[int, RouteTree[str]], seconds: float) -> Iterator[tuple[str, list[float]]]:
    """Give each path's cost per tree; the trees take turns, so that a slow second hits them alike."""
    for name, path in PATHS.items():
        calls = max(1, int(seconds * 1e9 / nanoseconds_per_call(next(iter(trees.values())).match, path, 1000)))
        rounds = [[nanoseconds_per_call(tree.match, path, calls) for tree in trees.values()] for _ in range(ROUNDS)]
        yield name, [min(column) for column in zip(*rounds, strict=True)]


def check(trees: dict[int, RouteTree[str]]) -> None:
    """Make sure that what is measured is a match."""
    for tree in trees.values():
        for name, path in PATHS.items():
            if isinstance(tree.match(path), Match) is (name == "nothing there"):
                raise SystemExit(f"{name}: {path!r} does not lead where it should")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Match cost by number of routes")
    parser.add_argument("--routes", type=int, nargs="+", default=[10, 1_000, 10_000], help="routes of each shape, at least 8")
    parser.add_argument("--seconds", type=float, default=0.05, help="per cell and round")
    options = parser.parse_args()
    trees = {routes: tree_with(routes) for routes in options.routes}
    check(trees)
    gc.freeze()
    print(f"{'ns per match':<24}" + "".join(f"{routes:>10,}" for routes in trees) + f"{'ratio':>8}")
    for name, costs in measured(trees, options.seconds):
        print(f"{name:<24}" + "".join(f"{cost:>10.0f}" for cost in costs) + f"{costs[-1] / costs[0]:>8.2f}")


if __name__ == "__main__":
    main()
