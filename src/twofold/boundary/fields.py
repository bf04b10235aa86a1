"""The HTML attributes of a field, derived from its JSON Schema. Pure data; no HTML is written here.

An attribute only ever says what the server would say too, so that no browser refuses valid input.
Source: https://html.spec.whatwg.org/#the-input-element
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from twofold.boundary.file_limits import FileLimits
from twofold.boundary.patterns import html_pattern
from twofold.boundary.schemas import JsonSchema, Schemas, first_of, is_nullable, options_of

_TYPE_OF_FORMAT = {
    "email": "email", "date": "date", "date-time": "datetime-local", "time": "time", "uri": "url", "password": "password",
    "binary": "file", "decimal": "number",
}  # fmt: skip
_MAX_DEPTH = 8


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """What an input for one value needs to know.

    Attributes:
        name: the full name in the form (`address.zip`, `items.2.qty`).
        type: of the input element, or `select` for a closed list of options.
        min, max, step: as HTML writes them.
        options: the texts to choose from, as the form sends them.
        multiple: whether the name may be repeated.
        is_secret: whether the value is never given back to the page.
        accept, max_bytes: of a file, as `FileLimits` has them.
        default: decoded JSON of the default; None without one.
        attrs: of the element, ready to write; true ones stand without a value.
    """

    name: str
    type: str = "text"
    required: bool = False
    min: str | None = None
    max: str | None = None
    step: str | None = None
    minlength: int | None = None
    maxlength: int | None = None
    pattern: str | None = None
    inputmode: str | None = None
    options: tuple[str, ...] = ()
    multiple: bool = False
    is_secret: bool = False
    accept: tuple[str, ...] = ()
    max_bytes: int | None = None
    default: Any = None
    attrs: Mapping[str, str | bool] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "attrs", MappingProxyType(self._listed()))

    def _listed(self) -> dict[str, str | bool]:
        listed = {
            "name": self.name, "type": None if self.type == "select" else self.type, "required": self.required or None,
            "min": self.min, "max": self.max, "step": self.step, "minlength": self.minlength, "maxlength": self.maxlength,
            "pattern": self.pattern, "inputmode": self.inputmode, "multiple": self._is_multiple_element or None,
            "accept": ",".join(self.accept) or None, "data-tf-max-bytes": self.max_bytes,
            "data-tf-too-large": FileLimits(self.max_bytes).too_large if self.max_bytes else None,
        }  # fmt: skip
        return {name: value if value is True else str(value) for name, value in listed.items() if value is not None}

    @property
    def _is_multiple_element(self) -> bool:
        return self.multiple and self.type in ("select", "file", "email")


class FieldSpecs(Mapping[str, FieldSpec]):
    """The fields of an object schema by dotted name.

    Iterates over the names that are known without data; a look-up also finds numbered and keyed ones
    (`items.2.qty`, `prices.A-1`).
    """

    def __init__(self, schema: JsonSchema) -> None:
        self._schemas = Schemas(schema)
        self._names = tuple(dict.fromkeys(_static_names(self._schemas, schema, "", 0)))
        self._known: dict[str, FieldSpec] = {name: self._found(name) for name in self._names}

    def __getitem__(self, name: str) -> FieldSpec:
        known = self._known.get(name)
        return known if known is not None else self._found(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def _found(self, name: str) -> FieldSpec:
        schema: JsonSchema = self._schemas.root
        is_required = True
        for part in name.split("."):
            inside = self._schemas.property_of(schema, part)
            if inside is None:
                raise KeyError(name)
            is_required = is_required and _requires(self._schemas.alternatives(schema), part)
            schema = inside
        return field_spec(name, schema, self._schemas, is_required=is_required)


def field_spec(name: str, schema: JsonSchema, schemas: Schemas, *, is_required: bool) -> FieldSpec:
    """Derive the attributes of one field."""
    choices = schemas.alternatives(schema)
    array = first_of(choices, "array")
    if array is not None:
        items = array.get("items") or {}
        if first_of(schemas.alternatives(items), "array") is not None:
            return FieldSpec(name, multiple=True, default=schema.get("default"))  # a list of lists has no element
        item = field_spec(name, items, schemas, is_required=False)
        is_file = item.type == "file"
        return replace(item, multiple=True, required=is_required and is_file, default=schema.get("default"))
    spec = _scalar(name, choices)
    needed = is_required and not is_nullable(choices) and _must_be_filled(spec, choices)
    is_secret = any(choice.get("writeOnly") for choice in choices)
    return replace(spec, required=needed, is_secret=is_secret, default=schema.get("default"))


def _scalar(name: str, choices: list[JsonSchema]) -> FieldSpec:
    if first_of(choices, "boolean"):
        return FieldSpec(name, "checkbox")
    if options := options_of(choices):
        return FieldSpec(name, "select", options=tuple(map(str, options)))
    text, number = first_of(choices, "string"), first_of(choices, "number") or first_of(choices, "integer")
    if text is not None and text.get("format") != "decimal":
        return _text(name, text)
    if number is None:
        return FieldSpec(name)
    places = next((choice["x-decimal-places"] for choice in choices if "x-decimal-places" in choice), None)
    low, high, step = _range(number, places)
    return FieldSpec(name, "number", min=_plain(low), max=_plain(high), step=step)


def _text(name: str, schema: JsonSchema) -> FieldSpec:
    kind = _TYPE_OF_FORMAT.get(schema.get("format", ""), "text")
    if kind == "file":
        return FieldSpec(name, kind, accept=tuple(schema.get("x-accept", ())), max_bytes=schema.get("x-max-bytes"))
    if kind not in ("text", "email", "url", "password"):
        return FieldSpec(name, kind)
    return FieldSpec(
        name,
        kind,
        minlength=schema.get("minLength"),
        maxlength=schema.get("maxLength"),
        pattern=html_pattern(schema["pattern"]) if "pattern" in schema else None,
        inputmode="numeric" if schema.get("format") == "bigint" else None,
    )


def _range(schema: JsonSchema, places: int | None) -> tuple[float | None, float | None, str | None]:
    """Give min, max and step. Exclusive bounds of a fraction have no attribute: HTML's are inclusive."""
    low, high = schema.get("minimum"), schema.get("maximum")
    if schema.get("type") == "integer":
        low = schema["exclusiveMinimum"] + 1 if low is None and "exclusiveMinimum" in schema else low
        high = schema["exclusiveMaximum"] - 1 if high is None and "exclusiveMaximum" in schema else high
        return low, high, _step(low, Decimal(schema["multipleOf"]), None) if "multipleOf" in schema else None
    return low, high, "any" if places is None else _step(low, Decimal(1).scaleb(-places), "any")


def _step(low: float | None, step: Decimal, otherwise: str | None) -> str | None:
    """Give a step, where it means the same: HTML counts from `min`, the server from zero."""
    agrees = low is None or Decimal(repr(low)) % step == 0
    return f"{step:f}" if agrees else otherwise


def _plain(number: float | None) -> str | None:
    """Write a number without a needless fraction, as a person would."""
    if number is None:
        return None
    return str(int(number)) if number == int(number) else repr(number)


def _must_be_filled(spec: FieldSpec, choices: list[JsonSchema]) -> bool:
    """Say whether an empty field is refused: never for a box, and not for text that may be empty."""
    if spec.type == "checkbox":
        return options_of(choices) == [True]
    if spec.type in ("text", "password"):
        text = first_of(choices, "string") or {}
        return text.get("minLength", 0) > 0 or text.get("format") not in (None, "password", "base64url", "regex")
    return "" not in spec.options


def _requires(choices: list[JsonSchema], part: str) -> bool:
    """Say whether a member must be there, whichever alternative is chosen. Items that are there must be whole."""
    objects = [choice for choice in choices if choice.get("properties")]
    return all(part in choice.get("required", ()) for choice in objects) and not is_nullable(choices)


def _static_names(schemas: Schemas, schema: JsonSchema, prefix: str, depth: int) -> Iterator[str]:
    for choice in schemas.alternatives(schema):
        for name, part in choice.get("properties", {}).items():
            full = f"{prefix}{name}"
            is_object = any(inner.get("properties") for inner in schemas.alternatives(part))
            if not is_object:
                yield full
            elif depth < _MAX_DEPTH and full.count(".") < _MAX_DEPTH:
                yield from _static_names(schemas, part, f"{full}.", depth + 1)
