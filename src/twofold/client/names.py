"""Names of Python as names of TypeScript, by rules that do not depend on what else there is."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from twofold.errors import ConfigurationError

_KEYWORDS = (
    "arguments async await break case catch class const continue debugger default delete do else enum eval export extends false"
    " finally for function if implements import in instanceof interface let new null of package private protected public return"
    " static super switch this throw true try typeof undefined var void while with yield NaN Infinity"
)
RESERVED = frozenset(_KEYWORDS.split())
"""Names that no export can have, or that would hide what every module needs.

Source: ECMA-262, sections 12.7.2 and 15; `undefined`, `NaN` and `Infinity` are values there.
"""

_MENTIONED = (
    "any unknown never void string number bigint boolean symbol object null undefined Array Blob BodyInit Date File FormData Map"
    " Object Omit Partial Pick Promise Readonly Record Required Response Set String Number Boolean Uint8Array"
)
BUILT_IN_TYPES = frozenset(_MENTIONED.split())
"""Types that generated modules mention, or that readers take for the language's own."""

_SEPARATORS = re.compile(r"[_.]+")
_NOT_A_TYPE = re.compile(r"\W+")
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def function_name(name: str) -> str:
    """Give the name of an exported function: `reserve_stock` is `reserveStock`, `delete` is `delete_`, `GET` stays.

    Args:
        name: a Python name; one inside a class or a function has dots.
    """
    head, *tail = [part for part in _SEPARATORS.split(name) if part] or ["_"]
    found = head + "".join(part[0].upper() + part[1:] for part in tail)
    if found[0].isdigit():
        found = "_" + found
    return found + "_" if found in RESERVED else found


def type_name(name: str) -> str:
    """Give the name of an exported type: `Page[Item]` is `Page_Item`; what is written has the plain name."""
    plain, dash, direction = name.partition("-")
    found = (_NOT_A_TYPE.sub("_", plain).strip("_") or "_") + ("Input" if dash and direction == "Input" else "")
    if found[0].isdigit():
        found = "_" + found
    return found + "_" if found in BUILT_IN_TYPES or found in RESERVED else found


def key(name: str) -> str:
    """Give a name as the key of an object's type or of its literal."""
    if name == "__proto__":  # as a plain key of a literal it would be no key
        return '["__proto__"]'
    return name if _PLAIN_KEY.fullmatch(name) else text(name)


def text(value: str) -> str:
    """Give a text as a literal."""
    escaped = "".join(_escaped(one) for one in value)
    return f'"{escaped}"'


def _escaped(one: str) -> str:
    if one in '"\\':
        return "\\" + one
    if one == "\n":
        return "\\n"
    # Line separators end lines in old engines, and lone surrogates have no UTF-8.
    if ord(one) < 0x20 or one in "\x7f\u2028\u2029" or 0xD800 <= ord(one) <= 0xDFFF:
        return f"\\u{ord(one):04x}"
    return one


def module_path(module: str, root: str) -> PurePosixPath:
    """Give the path of the TypeScript module of a Python module, below the output folder.

    The output folder stands for the package of its own name: `src/actions` has `actions.inventory` as `inventory.ts`.

    Raises:
        ConfigurationError: it would be the runtime's own file.
    """
    parts = module.split(".")
    if len(parts) > 1 and parts[0] == root:
        parts = parts[1:]
    path = PurePosixPath(*parts[:-1], parts[-1] + ".ts")
    if path in RUNTIME:
        raise ConfigurationError(f"the module {module} would be written as {path}, which is the client's own file; rename it")
    return path


RUNTIME = tuple(PurePosixPath(f"_{name}.ts") for name in ("runtime", "handlers", "live", "streams"))
"""The files that are the same for every app. What an app does not import of them, it does not ship."""


def runtime_import(path: PurePosixPath, name: str) -> str:
    """Give how a module imports a file of the runtime; with the ending that every resolution of TypeScript understands.

    Args:
        name: of the file, such as `streams`.
    """
    return f"{'../' * (len(path.parts) - 1) or './'}_{name}.js"


def comment(prose: str, indent: str = "") -> list[str]:
    """Give a doc comment; nothing in it ends it early."""
    lines = prose.replace("*/", "*\\/").strip().splitlines()
    if not lines:
        return []
    if len(lines) == 1:
        return [f"{indent}/** {lines[0]} */"]
    return [f"{indent}/**", *(f"{indent} * {line}".rstrip() for line in lines), f"{indent} */"]
