"""`twofold openapi`: the OpenAPI document of an app, on paper or in a file that is kept beside the code."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from twofold.cli.finding import AppArgument, find_app, load_twofold_app
from twofold.errors import ConfigurationError
from twofold.openapi import openapi_document
from twofold.openapi.serving import published_by

CheckOption = Annotated[
    Path | None, typer.Option("--check", metavar="FILE", help="Print nothing; fail when FILE says something else.")
]


def openapi(app: AppArgument = None, check: CheckOption = None) -> None:
    """Print what the route handlers take and give, as an OpenAPI document."""
    # The document is the same in every mode, and printing it takes no secrets.
    os.environ.setdefault("TWOFOLD_ENV", "development")
    directory = Path.cwd()
    text = _document(find_app(app, directory), directory)
    if check is None:
        typer.echo(text, nl=False)
    elif not check.is_file() or check.read_text(encoding="utf-8") != text:
        raise ConfigurationError(f"{check} is not what the app answers; write it again: `twofold openapi > {check}`")


def _document(name: str, directory: Path) -> str:
    found = load_twofold_app(name, directory)
    published = published_by(found)
    if published is not None:
        document = published.document()
    else:
        document = openapi_document(found, title=name.partition(":")[0].partition(".")[0], version="0")
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
