"""One Python module as a module of TypeScript."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from inspect import Parameter as Signature
from pathlib import PurePosixPath
from typing import Any

from twofold.actions import Action, StreamAction
from twofold.boundary import Parameter
from twofold.boundary.files import FileParameter
from twofold.calling import hints_of
from twofold.client.decoders import Decoders
from twofold.client.exports import Exports, data_of, result_of
from twofold.client.names import comment, function_name, key, runtime_import, text, type_name
from twofold.client.types import Types
from twofold.errors import BY_CODE, ConfigurationError, Redirect
from twofold.handlers.results import members
from twofold.openapi.inputs import has_absent_value
from twofold.openapi.operations import Described
from twofold.openapi.schemas import TypeSchemas
from twofold.openapi.words import prose_of

MARK = "// Written by `twofold client`"
"""How every file begins that is ours to replace and to delete."""

_RUNTIME = {"runtime": "$", "handlers": "$handlers", "streams": "$streams"}

_SENT = frozenset({"path", "query", "header", "body", "form", "raw"})


def module_text(exports: Exports, path: PurePosixPath) -> str:
    """Give the text of a module.

    Raises:
        ConfigurationError: two of its functions have the same name there.
    """
    module = _Module(exports)
    functions = [*map(module.action, exports.actions), *(module.handler(name, one) for name, one in exports.handlers)]
    head = [f"{MARK} from {exports.module}. Changes are lost.", "/* eslint-disable */", ""]
    body = "\n".join([*module.types(), *module.decoders(), *functions])
    imports = [
        f'import * as {alias} from "{runtime_import(path, name)}";' for name, alias in _RUNTIME.items() if f"{alias}." in body
    ]
    return "\n".join([*head, *imports, body]) + "\n"


class _Module:
    def __init__(self, exports: Exports) -> None:
        self._exports = exports
        self._schemas = TypeSchemas(exports.types())
        self._type_names: dict[str, str] = {}
        for definition in self._schemas.definitions:
            self._type_names[definition] = self._free(type_name(definition))
        self._types = Types(self._type_names.__getitem__)
        self._decoders = Decoders(self._schemas.definitions, lambda name: f"${self._type_names[name]}")
        self._functions: dict[str, str] = {}
        self._errors_of: list[str] = []

    def types(self) -> list[str]:
        """Give the types that have names: the models, then the errors of the actions given so far."""
        found = []
        for name, schema in self._schemas.definitions.items():
            prose = comment(str(schema.get("description", "")))
            found += ["", *prose, f"export type {self._type_names[name]} = {self._types.definition(schema)};"]
        return found + self._errors_of

    def decoders(self) -> list[str]:
        """Give what decodes the types of the results given so far."""
        return [line for name, made in self._decoders.definitions().items() for line in ("", f"const {name}: $.Decode = {made};")]

    def action(self, action: Action[..., Any]) -> str:
        """Give an action."""
        name = self._named(action.__qualname__.replace(".<locals>", ""), action.place)
        parameters = action.arguments.parameters
        positional = {one: part for one, part in parameters.items() if not part.is_keyword_only}
        result, decoder = self._result(action)
        is_stream = isinstance(action, StreamAction)
        taken = self._arguments(parameters)
        types = [taken, result] if is_stream else [taken, result, self._errors(action, name)]
        given = [text(action.id), text(action.arguments.schema_hash), f"[{', '.join(map(text, positional))}]"]
        kind, make = ("$streams.Stream", "$streams.stream") if is_stream else ("$.Action", "$.action")
        made = f"{make}({', '.join([*given, *([decoder] if decoder else [])])})"
        lines = [*_prose(action.function), f"export const {name}: {kind}<{', '.join(types)}> = /* @__PURE__ */ {made};"]
        return "\n".join(["", *lines])

    def handler(self, python_name: str, described: Described) -> str:
        """Give a route handler."""
        handler = described.handler
        name = self._named(python_name, handler.place)
        inputs = [one for one in described.inputs if one.source in _SENT and one.wire_name != "idempotency-key"]
        members_of, is_optional = [], True
        for one in inputs:
            annotation = self._input(Parameter(one.annotation, one.default)) if one.source != "raw" else "BodyInit"
            may_miss = one.source != "path" and (one.default is not Signature.empty or self._is_absent_a_value(one.annotation))
            is_optional = is_optional and may_miss
            members_of.append(f"{key(one.name)}?: {annotation} | undefined" if may_miss else f"{key(one.name)}: {annotation}")
        values = f"[values{'?' if is_optional else ''}: {{ {'; '.join(members_of)} }}]" if inputs else "[]"
        result, decoder = self._answer(described)
        errors = f"$.Failure<{_either(one.name for one in inputs)}>"
        places = ", ".join(f"{key(one.name)}: [{text(one.source)}, {text(one.wire_name)}]" for one in inputs)
        keyed = ["true"] if handler.declared.idempotent is not None else []
        given = [text(handler.method), text(described.place.template), f"{{ {places} }}" if places else "{}"]
        more = [decoder or "undefined", *keyed] if keyed else [decoder] if decoder else []
        made = f"$handlers.handler({', '.join([*given, *more])})"
        lines = [
            *_prose(handler.function, f"{handler.method} {described.place.template}"),
            f"export const {name}: $handlers.Handler<{values}, {result}, {errors}> = /* @__PURE__ */ {made};",
        ]
        return "\n".join(["", *lines])

    def _named(self, python_name: str, place: str) -> str:
        name = function_name(python_name)
        known = self._functions.setdefault(name, place)
        if known != place:
            raise ConfigurationError(f"{place} would be exported as {name!r}, as {known} is; rename one of them")
        return name

    def _free(self, name: str) -> str:
        while name in self._type_names.values():
            name += "_"
        return name

    def _arguments(self, parameters: Mapping[str, Parameter]) -> str:
        named = {name: part for name, part in parameters.items() if part.is_keyword_only}
        is_last_required = any(part.is_required for part in named.values())
        shown = []
        for name, part in parameters.items():
            if part.is_keyword_only:
                continue
            if part.is_required:
                shown.append(f"{name}: {self._input(part)}")
            else:
                shown.append(f"{name}{'' if is_last_required else '?'}: {self._input(part)} | undefined")
        if named:
            inner = "; ".join(
                f"{key(name)}: {self._input(part)}" if part.is_required else f"{key(name)}?: {self._input(part)} | undefined"
                for name, part in named.items()
            )
            shown.append(f"named{'' if is_last_required else '?'}: {{ {inner} }}")
        return f"[{', '.join(shown)}]"

    def _input(self, parameter: Parameter) -> str:
        file = FileParameter.of(parameter.annotation, is_required=parameter.is_required)
        if file is None:
            return self._types.of(self._schemas.of(parameter.annotation, "input"))
        return ("Blob[]" if file.is_many else "Blob") + (" | null" if file.is_nullable else "")

    def _is_absent_a_value(self, annotation: Any) -> bool:
        if annotation is bytes or FileParameter.of(annotation, is_required=True) is not None:
            return False
        return has_absent_value(self._schemas, self._schemas.of(annotation, "input"))

    def _result(self, action: Action[..., Any]) -> tuple[str, str | None]:
        shape = result_of(action)
        if shape is None:
            return "void", None
        schema = self._schemas.of(shape.annotation, "output")
        returned = members(hints_of(action.function)["return"])
        may_redirect = any(isinstance(one, type) and issubclass(one, Redirect) for one in returned)
        return self._types.of(schema) + (" | undefined" if may_redirect else ""), self._decoders.of(schema)

    def _answer(self, described: Described) -> tuple[str, str | None]:
        result = described.handler.result
        returned = members(hints_of(described.handler.function)["return"])
        if result.shape is None:
            is_empty = result.stream is None and returned == [type(None)]
            return ("void", None) if is_empty else ("Response", "null")
        schema = self._schemas.of(result.shape.annotation, "output")
        is_mixed = len(returned) > len(members(result.shape.annotation))
        return self._types.of(schema) + (" | undefined" if is_mixed else ""), self._decoders.of(schema)

    def _errors(self, action: Action[..., Any], name: str) -> str:
        paths = _either(action.arguments.parameters)
        declared = [kind for kind in dict.fromkeys(action.errors.values()) if kind.data_names or kind.code not in BY_CODE]
        if not declared:
            return f"$.Failure<{paths}>"
        alias = self._free(name[0].upper() + name[1:] + "Error")
        self._type_names[f"{action.id}\nerrors"] = alias
        choices = [f"$.ActionError<{text(kind.code)}, {self._data(kind)}, {paths}>" for kind in declared]
        self._errors_of += ["", f"export type {alias} =", *(f"  | {one}" for one in [f"$.Failure<{paths}>", *choices])]
        self._errors_of[-1] += ";"
        return alias

    def _data(self, kind: type[Any]) -> str:
        if not kind.data_names:
            return "undefined"
        found = data_of(kind)
        return "{ " + "; ".join(f"readonly {key(name)}: {self._datum(found.get(name))}" for name in kind.data_names) + " }"

    def _datum(self, annotation: Any) -> str:
        schema = {} if annotation is None else self._schemas.of(annotation, "output")
        # Nothing decodes the data of errors: what JSON does not have stays as JSON has it.
        return "$.Json" if self._decoders.of(schema) else self._types.of(schema)


def _either(names: Iterable[str]) -> str:
    return " | ".join(map(text, names)) or "never"


def _prose(function: Any, route: str = "") -> list[str]:
    summary, description = prose_of(function) if getattr(function, "__doc__", None) else ("", "")
    sentence = f"{summary}." if summary else ""
    return comment("\n\n".join(filter(None, [sentence, description, route])))
