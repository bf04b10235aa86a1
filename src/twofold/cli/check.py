"""`twofold check`: the mistakes that a reader of the source can be sure of."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from twofold.check import ENGINE, FORMATS, RULES, Report, configured, fixed
from twofold.check import check as checked
from twofold.errors import ConfigurationError
from twofold.settings import tool_table

PathsArgument = Annotated[list[Path] | None, typer.Argument(metavar="[PATHS]", help="Files and folders. Default: this folder.")]
FormatOption = Annotated[str, typer.Option("--format", help=f"One of {', '.join(FORMATS)}.")]
SelectOption = Annotated[str, typer.Option("--select", metavar="IDS", help="These rules only, such as TW001,TW01.")]
IgnoreOption = Annotated[str, typer.Option("--ignore", metavar="IDS", help="Without these rules.")]
FixOption = Annotated[bool, typer.Option("--fix", help="Put right what needs no decision.")]
RulesOption = Annotated[bool, typer.Option("--rules", help="List the rules and check nothing.")]


def check(
    paths: PathsArgument = None,
    format_: FormatOption = "text",
    select: SelectOption = "",
    ignore: IgnoreOption = "",
    fix: FixOption = False,  # noqa: FBT002  typer's protocol
    rules: RulesOption = False,  # noqa: FBT002
) -> None:
    """Find mistakes in the source of an app: 0 none, 1 some, 2 it cannot be checked."""
    if rules:
        _list()
        return
    root = Path.cwd()
    try:
        _check_format(format_)
        choice = configured(tool_table(root), select=_listed(select), ignore=_listed(ignore))
        report = checked(paths or [Path()], choice, root)
        if fix and _fix(report, root):
            report = checked(paths or [Path()], choice, root)
    except ConfigurationError as error:
        typer.echo(f"twofold: {error}", err=True)
        raise typer.Exit(2) from None
    _print(report, format_)
    raise typer.Exit(1 if report.findings else 0)


def _check_format(name: str) -> None:
    if name not in FORMATS:
        raise ConfigurationError(f"there is no format {name!r}; there are {', '.join(FORMATS)}")


def _list() -> None:
    for rule in RULES.values():
        typer.echo(f"{rule.id}  {rule.title}")
    for rule_id, (title, _) in ENGINE.items():
        typer.echo(f"{rule_id}  {title}")


def _listed(text: str) -> Sequence[str]:
    return [one.strip() for one in text.split(",") if one.strip()]


def _fix(report: Report, root: Path) -> int:
    count = 0
    for path in dict.fromkeys(one.path for one in report.findings if one.edits):
        file = root / path
        text, made = fixed(file.read_text(encoding="utf-8"), [one for one in report.findings if one.path == path])
        file.write_text(text, encoding="utf-8")
        count += made
    return count


def _print(report: Report, format_: str) -> None:
    text = FORMATS[format_](report)
    console = Console(highlight=False)
    if format_ != "text" or not console.is_terminal:
        typer.echo(text)
        return
    for line in text.splitlines():
        style = "red" if set(line.partition("|")[2].strip()) == {"^"} else "bold" if ": TW" in line else ""
        console.print(Text(line, style), soft_wrap=True)
