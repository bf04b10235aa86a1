"""The folders of an app, imported: one record per folder, with its URL pattern."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from twofold.discovery.entries import Function, file_of, function_of, handlers_of
from twofold.discovery.files import Files, dynamic_name, scan
from twofold.discovery.parameters import agreed_kind
from twofold.errors import ConfigurationError
from twofold.routing.patterns import Segment, parse_pattern


@dataclass(frozen=True, slots=True)
class Folder:
    """One folder of the app.

    Attributes:
        package: dotted name.
        pattern: of the pages and handlers in it, `/products/{sku}`.
        segment: its own part of the pattern; "" for the root and for groups.
        modules: every module imported from it, `__init__` first.
        children: in the order of their names.
    """

    package: str
    directory: Path
    pattern: str
    segment: str
    page: ModuleType | None
    layout: ModuleType | None
    route: ModuleType | None
    middleware: ModuleType | None
    not_found: ModuleType | None
    error: ModuleType | None
    modules: tuple[ModuleType, ...]
    children: tuple[Folder, ...]


def discover(package: str) -> Folder:
    """Import every public module of a package and read its folders as URL segments.

    Args:
        package: dotted name of the app's root folder, such as "app".

    Raises:
        ConfigurationError: the package is not there, or a folder breaks a rule; the message has file and remedy. What
            concerns several folders, `flatten` finds.
        Exception: whatever a module of the app raises while it is imported, with its own traceback.
    """
    root = _import_root(package)
    files = scan(package, _only_directory(root))
    modules = {package: root}
    for name in _module_names(files):
        modules[name] = importlib.import_module(name)
    if "SEGMENT" in vars(root):
        raise ConfigurationError(f"{file_of(root)}: the root folder is /; remove SEGMENT, or mount the app under a prefix")
    return _folder(files, "", "/", modules)


def _import_root(package: str) -> ModuleType:
    try:
        return importlib.import_module(package)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{package}.".startswith(f"{error.name}."):
            raise
        raise ConfigurationError(
            f"there is no package {package!r}; start from the folder that holds {error.name}/, or put it on the Python path"
        ) from error


def _only_directory(root: ModuleType) -> Path:
    # A namespace package repeats a folder that the Python path has twice.
    directories = {Path(path).resolve(): path for path in getattr(root, "__path__", ())}
    if not directories:
        raise ConfigurationError(f"{file_of(root)}: {root.__name__!r} is a module; routes are found in a folder of modules")
    if len(directories) > 1:
        raise ConfigurationError(
            f"{root.__name__!r} lies in {' and in '.join(directories.values())}; add an __init__.py to the one that is the app"
        )
    return Path(*directories.values())


def _module_names(files: Files) -> Iterator[str]:
    if files.has_init:
        yield files.package
    for stem in files.stems:
        yield f"{files.package}.{stem}"
    for child in files.children:
        yield from _module_names(child)


def _folder(files: Files, segment: str, pattern: str, modules: Mapping[str, ModuleType]) -> Folder:
    here = {stem: modules[f"{files.package}.{stem}"] for stem in files.stems}
    _refuse_page_beside_route(here)
    own = ([modules[files.package]] if files.has_init else []) + list(here.values())
    return Folder(
        package=files.package,
        directory=files.directory,
        pattern=pattern,
        segment=segment,
        page=here.get("page"),
        layout=here.get("layout"),
        route=here.get("route"),
        middleware=here.get("middleware"),
        not_found=here.get("not_found"),
        error=here.get("error"),
        modules=tuple(own),
        children=tuple(_child(child, pattern, modules) for child in files.children),
    )


def _child(files: Files, parent_pattern: str, modules: Mapping[str, ModuleType]) -> Folder:
    segment = _segment(files, modules)
    pattern = parent_pattern if not segment else f"{parent_pattern.rstrip('/')}/{segment}"
    return _folder(files, segment, pattern, modules)


def _segment(files: Files, modules: Mapping[str, ModuleType]) -> str:
    spelled = _spelled_segment(files, modules)
    if spelled is not None:
        return spelled
    name = dynamic_name(files.name)
    if name is None:
        return files.name.replace("_", "-")
    return str(Segment(agreed_kind(name, _functions(files, modules)), name))


def _spelled_segment(files: Files, modules: Mapping[str, ModuleType]) -> str | None:
    init = modules[files.package] if files.has_init else None
    if init is None or "SEGMENT" not in vars(init):
        return None
    segment: object = vars(init)["SEGMENT"]
    if not isinstance(segment, str):
        raise ConfigurationError(f'{file_of(init)}: SEGMENT is {segment!r}; write text, like SEGMENT = ".well-known"')
    if "/" in segment:
        raise ConfigurationError(f"{file_of(init)}: SEGMENT = {segment!r} is more than one segment; make one folder for each")
    if "{" in segment or dynamic_name(files.name) is not None:
        raise ConfigurationError(
            f"{file_of(init)}: SEGMENT = {segment!r} cannot be dynamic, nor rename a dynamic folder; name the folder _sku_"
            " for a segment with the parameter `sku`, and leave SEGMENT out"
        )
    if segment:
        parse_pattern(f"/{segment}", file_of(init))
    return segment


def _functions(files: Files, modules: Mapping[str, ModuleType]) -> Iterator[Function]:
    """The functions at and below a folder that may take a parameter of the path."""
    for stem in ("page", "layout"):
        if stem in files.stems:
            yield function_of(modules[f"{files.package}.{stem}"], stem)
    if "route" in files.stems:
        yield from handlers_of(modules[f"{files.package}.route"]).values()
    for child in files.children:
        yield from _functions(child, modules)


def _refuse_page_beside_route(here: Mapping[str, ModuleType]) -> None:
    if "page" in here and "route" in here:
        raise ConfigurationError(
            f"{file_of(here['route'])}: the folder has a page too, {file_of(here['page'])}, and both answer GET here;"
            " move the route handlers to a folder of their own"
        )
