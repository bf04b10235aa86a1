"""Measure frameworks side by side: see README.md.

python bench/speed/run.py setup [NAME ...]     install the contenders into the state folder
python bench/speed/run.py check [NAME ...]     ask each for every workload, right and wrong, without load
python bench/speed/run.py bench [NAME ...]     measure, interleaved, and print the table
python bench/speed/run.py report [FILE]        print the table of results again
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from contenders import EXTRA_ROUTES, Contender, contenders, set_up
from load import bench
from report import compared, table
from workloads import ALL, Wrong, check


def checked(names: list[str], wanted: list[str]) -> int:
    """Check the answers of contenders; give how many are wrong."""
    wrong = 0
    for one in contenders(names):
        for extra in (0, *EXTRA_ROUTES.values()):
            todo = [each for each in one.workloads if each in wanted and EXTRA_ROUTES.get(each, 0) == extra]
            try:
                wrong += _wrong(one, extra, todo) if todo else 0
            except RuntimeError as error:
                wrong += 1
                print(f"WRONG  {one.id}: {error}", flush=True)
    return wrong


def _wrong(one: Contender, extra: int, todo: list[str]) -> int:
    wrong = 0
    with one.serve(extra) as server:
        for workload in todo:
            try:
                check(one, server, workload)
                print(f"right  {one.id} {workload}", flush=True)
            except (Wrong, OSError, ValueError, KeyError, AttributeError) as error:
                wrong += 1
                print(f"WRONG  {one.id} {workload}: {error!r}", flush=True)
    return wrong


def main() -> int:
    """Do what the command line says; the status is 1 where an answer is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["setup", "check", "bench", "report"])
    parser.add_argument("names", nargs="*", help="of contenders; all when left out")
    parser.add_argument("--workloads", type=lambda text: text.split(","), default=list(ALL))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--out", type=Path, help="where to write the results as JSON")
    parser.add_argument("--kept", type=Path, help="results of an earlier run to compare with")
    options = parser.parse_args()
    if options.command == "setup":
        set_up(options.names)
        return 0
    if options.command == "check":
        return 1 if checked(options.names, options.workloads) else 0
    if options.command == "report":
        results = Path(options.names[0])
    else:
        results = bench(contenders(options.names), options.workloads, options.rounds, options.seconds, options.out)
    print(table(results))
    if options.kept and options.kept.exists():
        print(compared(results, options.kept))
    return 0


if __name__ == "__main__":
    sys.exit(main())
