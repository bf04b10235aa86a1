"""The arguments of a function as a boundary: four doors in, one set of values, one report of failures."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NotRequired, TypeAlias, cast

import jiter
from pydantic import ConfigDict, with_config
from pydantic.json_schema import JsonSchemaMode
from pydantic_core import CoreSchema, PydanticSerializationError
from starlette.datastructures import UploadFile
from typing_extensions import TypedDict

from twofold.boundary import compile as compiling
from twofold.boundary.annotations import check
from twofold.boundary.coercion import tree as coerced
from twofold.boundary.fields import FieldSpecs
from twofold.boundary.file_limits import FileLimits
from twofold.boundary.files import NOT_A_FILE, FileParameter, is_chosen
from twofold.boundary.forms import FormInput
from twofold.boundary.parameters import Parameter, check_declaration, parameters_of
from twofold.boundary.places import Place
from twofold.boundary.reader import NO_ROWS, Reader
from twofold.boundary.schemas import Schemas
from twofold.boundary.shape import schema_hash
from twofold.boundary.strict_json import dumps, screen
from twofold.boundary.where import Where
from twofold.errors import ValidationFailed

Files: TypeAlias = Mapping[str, Sequence[UploadFile]]

_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Arguments:
    """The named arguments of one function.

    The dictionaries that come out hold what the caller said; the function's own defaults fill the rest.

    Args:
        parameters: by name, in order.
        where: the place of the function, which a refusal names.

    Raises:
        ConfigurationError: for misuse, with file, line, parameter and remedy.
    """

    def __init__(self, parameters: Mapping[str, Parameter], where: Where) -> None:
        self.where = where
        self.parameters = dict(parameters)
        self.names = tuple(parameters)
        self._files = _file_parameters(parameters)
        self._signature = _signature(parameters)
        self._is_positional = not any(one.is_keyword_only for one in parameters.values())
        self._check_declarations()
        self._schema = _typed_dict({name: part for name, part in parameters.items() if name not in self._files})
        partial = _partial(self._schema)
        self._reader = Reader(self._schema)
        self._partial = Reader(partial)
        self._serializer = compiling.serializer(partial)
        self._check_defaults()
        self._form_schema = Schemas(compiling.json_schema(self._schema, "validation"))
        self.schema_hash = schema_hash(self._with_files(self._form_schema.root))
        self.fields = FieldSpecs(self.json_schema())

    @classmethod
    def of(cls, function: Callable[..., Any], *, skip: Collection[str] = (), names: Mapping[str, Any] = _NOTHING) -> Arguments:
        """Compile the parameters of a function.

        Args:
            skip: parameters that the framework fills itself.
            names: where to find names that the function's module does not have, such as the caller's locals.
        """
        where = Where.of(function)
        return cls(parameters_of(function, skip, names, where), where)

    @property
    def file_names(self) -> tuple[str, ...]:
        """The parameters that take uploaded files."""
        return tuple(self._files)

    @property
    def file_limits(self) -> dict[str, FileLimits]:
        """The limits of the parameters that take uploaded files."""
        return {name: file.limits for name, file in self._files.items() if file.limits is not None}

    def bind(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """Name the arguments of a Python call.

        Raises:
            TypeError: as Python itself does, for the wrong number or names of arguments.
        """
        if not kwargs and len(args) == len(self.names) and self._is_positional:  # as most calls are written
            return dict(zip(self.names, args, strict=True))
        try:
            return self._signature.bind(*args, **kwargs).arguments
        except TypeError as error:
            raise TypeError(f"{self.where.function}() {error}") from None

    def validate_python(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Validate Python values: instances of the declared types.

        Raises:
            ValidationFailed: with every failure.
        """
        if not self._files:
            return cast(dict[str, Any], self._reader.from_python(dict(values)))
        given = {name: file.from_python(values[name]) for name, file in self._files.items() if name in values}
        for name, file in self._files.items():
            if name not in values and file.is_required:
                given[name] = file.absent
        plain = {name: value for name, value in values.items() if name not in self._files}
        return _combined(lambda: self._reader.from_python(plain), given, {})

    def validate_json(self, raw: bytes) -> dict[str, Any]:
        """Validate JSON text: one object of named arguments. No JSON is an uploaded file.

        Raises:
            ValidationFailed: with every failure.
        """
        tree = screen(raw)
        return cast(dict[str, Any], self._reader.from_json(raw, tree)) if not self._files else self._beside_files(tree, {})

    def validate_tree(self, tree: Any, files: Files = _NOTHING) -> dict[str, Any]:
        """Validate decoded JSON by the rules of JSON text, with files beside it.

        Raises:
            ValidationFailed: with every failure.
        """
        return self._beside_files(tree, files)

    def validate_form(self, form: FormInput, bound: Mapping[str, Any] = _NOTHING) -> dict[str, Any]:
        """Validate a form by the coercion table and the rules of JSON.

        Args:
            bound: decoded JSON of arguments that the page bound (`partial_tree`); the form cannot set them.

        Raises:
            ValidationFailed: with every failure, under the form's own names.
        """
        result = coerced(form.pairs, self._form_schema, without={*bound, *self._files})
        files: dict[str, list[UploadFile]] = {}
        for name, file in form.files:
            files.setdefault(name, []).append(file)
        problems = {**result.problems, **self._misplaced(form)}
        return self._beside_files({**result.tree, **bound}, files, rows=result.rows, problems=problems)

    def partial_tree(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Validate some of the arguments as Python values and give their JSON, to bind them to a form.

        Raises:
            ValidationFailed: a value does not fit, or there is no such parameter.
        """
        return self.to_tree(self._partial.from_python(dict(values)))

    def to_tree(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Give the decoded JSON of validated arguments, all or some; files have none.

        Raises:
            TypeError: a value does not fit its type.
        """
        plain = {name: value for name, value in values.items() if name not in self._files}
        try:
            return cast(dict[str, Any], jiter.from_json(self._serializer.to_json(plain, by_alias=True, warnings="error")))
        except PydanticSerializationError as error:
            raise TypeError(f"{self.where}: an argument does not fit its annotation: {error}") from error

    def json_schema(self, mode: JsonSchemaMode = "validation") -> dict[str, Any]:
        """Give the JSON Schema (2020-12) of the arguments, with defaults; files are binary text."""
        schema = self._with_files(compiling.json_schema(self._schema, mode))
        properties = {name: {**schema["properties"][name], **self._default(name)} for name in self.names}
        return {**schema, "title": self.where.function, "properties": properties}

    def _beside_files(
        self,
        tree: Any,
        files: Files,
        *,
        rows: Mapping[Place, Sequence[int]] = NO_ROWS,
        problems: Mapping[str, Sequence[str]] = _NOTHING,
    ) -> dict[str, Any]:
        plain, given = tree, {}
        if isinstance(tree, dict) and self._files:
            plain = {name: value for name, value in tree.items() if name not in self._files}
            given = {name: file.from_wire(tree.get(name), files.get(name, ())) for name, file in self._files.items()}
        return _combined(lambda: self._reader.from_json(dumps(plain), plain, rows), given, problems)

    def _misplaced(self, form: FormInput) -> dict[str, list[str]]:
        """Give the files sent for parameters that take none, and the texts sent for those that take files."""
        files = {name for name, file in form.files if name in self.names and name not in self._files and is_chosen(file)}
        texts = {name for name, text in form.pairs if name in self._files and text}
        return {**{name: ["Must not be a file"] for name in files}, **{name: [NOT_A_FILE] for name in texts}}

    def _with_files(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        properties = {**schema.get("properties", {}), **{name: dict(file.json_schema) for name, file in self._files.items()}}
        required = {*schema.get("required", ()), *(name for name, file in self._files.items() if file.is_required)}
        ordered = {name: properties[name] for name in self.names}
        return {**schema, "properties": ordered, "required": [name for name in self.names if name in required]}

    def _default(self, name: str) -> dict[str, Any]:
        parameter = self.parameters[name]
        if parameter.is_required or name in self._files:
            return {}
        return {"default": self.to_tree({name: parameter.default})[name]}

    def _check_declarations(self) -> None:
        for name, parameter in self.parameters.items():
            here = self.where.at(name)
            check_declaration(name, parameter, here)
            if name not in self._files:
                check(parameter.annotation, here)

    def _check_defaults(self) -> None:
        for name, parameter in self.parameters.items():
            if parameter.is_required:
                continue
            try:
                fits = parameter.default is None if name in self._files else bool(self.partial_tree({name: parameter.default}))
            except ValidationFailed:
                fits = False
            if not fits:
                remedy = "Add `| None` to it" if parameter.default is None else "Correct one of them"
                raise self.where.at(name).refuse("The default does not fit the annotation", remedy)


def _combined(
    read: Callable[[], dict[str, Any]], given: Mapping[str, tuple[Any, str | None]], problems: Mapping[str, Sequence[str]]
) -> dict[str, Any]:
    """Read the plain arguments and join them, and all failures, with those of the files."""
    found: dict[str, Sequence[str]] = {**{name: [problem] for name, (_, problem) in given.items() if problem}, **problems}
    values: dict[str, Any] = {}
    try:
        values = read()
    except ValidationFailed as error:
        found = {**(error.fields or {}), **found}
    if found:
        raise ValidationFailed(fields=found)
    return {**values, **{name: value for name, (value, _) in given.items()}}


def _file_parameters(parameters: Mapping[str, Parameter]) -> dict[str, FileParameter]:
    kinds = {name: FileParameter.of(part.annotation, is_required=part.is_required) for name, part in parameters.items()}
    return {name: file for name, file in kinds.items() if file is not None}


def _signature(parameters: Mapping[str, Parameter]) -> inspect.Signature:
    """Build the signature that Python callers bind to. Keyword-only ones move to the end, as Python wants them."""
    either, keyword = inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY
    ordered = sorted(parameters.items(), key=lambda item: item[1].is_keyword_only)
    return inspect.Signature(
        [inspect.Parameter(name, keyword if part.is_keyword_only else either, default=part.default) for name, part in ordered]
    )


def _typed_dict(parameters: Mapping[str, Parameter]) -> CoreSchema:
    members = {name: part.annotation if part.is_required else NotRequired[part.annotation] for name, part in parameters.items()}
    declared = TypedDict("Arguments", members)  # type: ignore[misc]
    return compiling.core_schema_of(with_config(ConfigDict(extra="forbid"))(declared))


def _partial(schema: Any) -> CoreSchema:
    """Give the same schema with every argument optional."""
    if schema["type"] == "definitions":
        return cast(CoreSchema, {**schema, "schema": _partial(schema["schema"])})
    return cast(CoreSchema, {**schema, "fields": {name: {**part, "required": False} for name, part in schema["fields"].items()}})
