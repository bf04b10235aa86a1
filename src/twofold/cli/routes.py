"""`twofold routes`: the contract of everything that the app answers."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from twofold.cli.contract import Contract, Input
from twofold.cli.finding import AppArgument, find_app, load_twofold_app
from twofold.cli.inspecting import contracts_of

HEADINGS = {"page": "Pages", "handler": "Route handlers", "websocket": "WebSockets", "mount": "Mounted apps", "action": "Actions"}


def routes(
    app: AppArgument = None,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,  # noqa: FBT002  typer's protocol
) -> None:
    """Show who may call each page, action and route handler, with what, and what follows."""
    # The contract is the same in every mode, and showing it takes no secrets.
    os.environ.setdefault("TWOFOLD_ENV", "development")
    directory = Path.cwd()
    contracts = contracts_of(load_twofold_app(find_app(app, directory), directory), directory)
    if json_:
        typer.echo(json.dumps([one.as_json() for one in contracts], indent=2))
    else:
        show(contracts, Console(highlight=False))


def show(contracts: Iterable[Contract], console: Console) -> None:
    """Print one table for each kind; where no terminal limits it, nothing is wrapped."""
    found = list(contracts)
    for kind, heading in HEADINGS.items():
        rows = [one for one in found if one.kind == kind]
        if rows:
            _print(_table(heading, rows), console)


def _print(table: Table, console: Console) -> None:
    if console.is_terminal:
        console.print(table)
        return
    console.width = Measurement.get(console, console.options.update(max_width=100_000), table).maximum
    with console.capture() as printed:
        console.print(table)
    typer.echo("\n".join(line.rstrip() for line in printed.get().splitlines()))


def _table(heading: str, rows: list[Contract]) -> Table:
    table = Table(title=heading, title_justify="left", title_style="bold", box=SIMPLE_HEAD, show_lines=True, pad_edge=False)
    table.add_column("Id" if rows[0].kind == "action" else "Route", overflow="fold", max_width=60)
    table.add_column("Contract", overflow="fold")
    for one in rows:
        table.add_row(Text("\n").join(_names(one)), Text("\n").join(_lines(one)))
    return table


def _names(one: Contract) -> Iterator[Text]:
    yield Text(one.name, "bold") if one.kind == "action" else Text.assemble((one.method, "cyan"), " ", (one.name, "bold"))
    yield from (Text(text, "dim") for text in (one.function, one.place) if text and text != one.name)


def _lines(one: Contract) -> Iterator[Text]:
    for label, text in (
        ("callers", one.callers),
        ("origin check", one.origin),
        ("signature", one.signature),
        ("open to", one.cors),
        ("limits", ", ".join(one.limits)),
        ("guards", ", ".join(one.guards)),
        ("counts once", one.once),
        ("takes", "; ".join(map(_input, one.takes))),
        ("gives", one.gives),
        ("reads tags", ", ".join(one.reads)),
        ("revalidates", ", ".join(one.revalidates)),
        ("errors", ", ".join(one.errors)),
        ("note", "; ".join(one.notes)),
    ):
        if text:
            yield Text.assemble((f"{label}: ", "dim"), text)


def _input(one: Input) -> str:
    source = "" if one.source == "argument" else f" ({one.source})"
    return f"{one.name}: {one.type}{source}" + (f" = {one.default}" if one.default is not None else "")
