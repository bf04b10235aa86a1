"""Which app a command is about, and how it is imported."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, TypeAlias

import typer
from starlette.types import ASGIApp

from twofold.app import App
from twofold.errors import ConfigurationError
from twofold.settings import tool_table

PACKAGE = "app"
"""The package of folders that needs no naming."""

AppArgument: TypeAlias = Annotated[
    str | None,
    typer.Argument(
        metavar="[APP]", help="module:attribute, or a package of folders. Default: [tool.twofold] app, then the package app."
    ),
]


def find_app(argument: str | None, directory: Path) -> str:
    """Decide which app is meant: `module:attribute`, or the name of a package of folders.

    Args:
        argument: what the command line says; it wins over pyproject.toml.
        directory: the project's root.

    Raises:
        ConfigurationError: nothing names an app, or what names it is no name.
    """
    named = argument if argument is not None else tool_table(directory).get("app")
    if named is None and (directory / PACKAGE).is_dir():
        named = PACKAGE
    if named is None:
        raise ConfigurationError(
            f"no app is named, and {directory} has no package {PACKAGE}/. Name it: `twofold dev main:app`, or in pyproject.toml"
            ' [tool.twofold] app = "main:app"'
        )
    if not isinstance(named, str) or not _is_dotted(named.replace(":", ".", 1)):
        raise ConfigurationError(
            f'{named!r} names no app; write "module:attribute" as in "main:app", or a package as in "{PACKAGE}"'
        )
    return named


def load_app(name: str, directory: Path) -> ASGIApp:
    """Import an app.

    Args:
        name: from `find_app`.
        directory: the project's root; modules are looked for there first.

    Raises:
        ConfigurationError: there is no such module, or nothing in it that can be served.
        Exception: whatever the app's modules raise while they are imported.
    """
    if str(directory) not in sys.path:
        sys.path.insert(0, str(directory))
    module_name, colon, attribute = name.partition(":")
    if not colon:
        return App(name)
    module = _imported(module_name, directory)
    app: Any = module
    for part in attribute.split("."):
        app = getattr(app, part, None)
    if not callable(app):
        apps = [one for one, value in vars(module).items() if isinstance(value, App)]
        found = f"it has the app {module_name}:{apps[0]}" if apps else f"write `{attribute} = App()` there, or name another"
        raise ConfigurationError(f"{module.__file__}: {attribute!r} is no ASGI app; {found}")
    return app  # type: ignore[no-any-return]


def load_twofold_app(name: str, directory: Path) -> App:
    """Import an app that has to be a Twofold app.

    Raises:
        ConfigurationError: it is something else.
    """
    app = load_app(name, directory)
    if not isinstance(app, App):
        raise ConfigurationError(f"{name} is a {type(app).__name__}, not a twofold.App; name the App inside it")
    return app


def _imported(name: str, directory: Path) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        # A module that the app itself misses is another matter, and keeps its traceback.
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise
        raise ConfigurationError(
            f"there is no module {error.name!r} in {directory}; start from the project's root, or name another"
        ) from None


def _is_dotted(name: str) -> bool:
    return all(part.isidentifier() for part in name.split("."))
