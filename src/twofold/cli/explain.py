"""`twofold explain`: which execution model a case wants, why, what it costs, and how it is written."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.resources import files
from textwrap import dedent
from typing import Annotated

import typer
from rich.console import Console
from rich.syntax import Syntax
from rich.table import Table

from twofold.errors import ConfigurationError

PACKAGE = "twofold.cases"


@dataclass(frozen=True, slots=True)
class Case:
    """One row of the decision matrix.

    Attributes:
        name: as it is asked for: "form-submission".
        code: that runs, as an app would hold it.
    """

    name: str
    title: str
    model: str
    why: str
    cost: str
    code: str


def explain(
    case: Annotated[str | None, typer.Option(help="One case, with its code; all of them when left out.")] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,  # noqa: FBT002  typer's protocol
) -> None:
    """Show which execution model a case wants, and why."""
    known = {one.name: one for one in cases()}
    if case is not None and case not in known:
        raise ConfigurationError(f"there is no case {case!r}; there are {', '.join(known)}")
    chosen = list(known.values()) if case is None else [known[case]]
    if json_:
        typer.echo(json.dumps([asdict(one) for one in chosen], indent=2))
    elif case is None:
        _show_all(chosen, Console())
    else:
        _show(chosen[0], Console())


def cases() -> Iterator[Case]:
    """Give every case, by name."""
    for file in sorted(files(PACKAGE).iterdir(), key=lambda one: one.name):
        if file.name.endswith(".py") and file.name != "__init__.py":
            yield read_case(file.name.removesuffix(".py").replace("_", "-"), file.read_text(encoding="utf-8"))


def read_case(name: str, source: str) -> Case:
    """Read a case from its module: a docstring of a title and three fields, then the code."""
    tree = ast.parse(source)
    text = dedent(ast.get_docstring(tree) or "")
    title, _, rest = text.partition("\n\n")
    found: dict[str, str] = {}
    field = ""
    for line in rest.splitlines():
        label, colon, value = line.partition(": ")
        if colon and label in ("model", "why", "cost"):
            field, found[label] = label, value
        elif field:
            found[field] += " " + line.strip()
    code = "\n".join(source.splitlines()[tree.body[0].end_lineno or 0 :]).strip()
    return Case(name, title.rstrip("."), found["model"].strip(), found["why"].strip(), found["cost"].strip(), code)


def _show_all(found: list[Case], console: Console) -> None:
    table = Table("Case", "Model", "Because", box=None, pad_edge=False, padding=(0, 2, 1, 0))
    for one in found:
        table.add_row(f"[bold]{one.name}[/bold]\n[dim]{one.title}[/dim]", one.model, one.why)
    console.print(table)
    console.print("twofold explain --case NAME shows what it costs, and the code.", highlight=False)


def _show(one: Case, console: Console) -> None:
    console.print(f"[bold]{one.title}[/bold]", highlight=False)
    for label, text in (("model", one.model), ("why", one.why), ("cost", one.cost)):
        console.print(f"[dim]{label}:[/dim] {text}", highlight=False)
    console.print()
    if console.is_terminal:
        console.print(Syntax(one.code, "python", background_color="default"))
    else:
        typer.echo(one.code)
