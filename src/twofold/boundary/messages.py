"""Say every validation failure in one sentence, under the path of the input that caused it.

The three doors report one fault by different names (JSON: "cannot parse as date"; Python: "not a date"); here
both become the same words. No message holds a value that came from outside.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import AddressValueError, NetmaskValueError
from types import MappingProxyType
from typing import Any, get_args

from pydantic_core import ErrorDetails, ValidationError
from pydantic_core.core_schema import ErrorType

from twofold.boundary.places import Place, place_of, spelled
from twofold.errors import ValidationFailed

REQUIRED = "Required"
UNKNOWN_FIELD = "Unknown field"

MAX_FIELDS = 1000
"""How many places one refusal names; a hostile list of wrong items must not become a larger answer."""

_NUMBER = "Must be a number"
_WHOLE = "Must be a whole number"
_DECIMAL = "Must be a decimal number"
_DATE = "Must be a date, like 2030-12-31"
_DATETIME = "Must be a date and time, like 2030-12-31T23:59"
_TIME = "Must be a time, like 23:59"
_DURATION = "Must be a duration, like PT15M"
_TRUTH = "Must be true or false"
_UUID = "Must be a UUID"
_BYTES = "Must be base64 text"
_TEXT = "Must be text"
_OBJECT = "Must be an object"
_LIST = "Must be a list"
_URL = "Must be a URL"
_ADDRESS = "Must be an IP address"
_EMAIL = "Must be an email address"
_FRACTION = "Must be a fraction"
_PATTERN = "Must be a regular expression"
_SIZE = "Must be a size, like 10MB"
_NOT_VALID = "Not valid"
_OPTION = "Must be {expected}"

MESSAGES: Mapping[str, str] = {
    "missing": REQUIRED, "missing_argument": REQUIRED, "union_tag_not_found": REQUIRED,
    "extra_forbidden": UNKNOWN_FIELD, "no_such_attribute": UNKNOWN_FIELD, "unexpected_keyword_argument": UNKNOWN_FIELD,
    "none_required": "Must be empty",
    "bool_type": _TRUTH, "bool_parsing": _TRUTH,
    "int_type": _WHOLE, "int_parsing": _WHOLE, "int_from_float": _WHOLE, "int_parsing_size": _WHOLE,
    "float_type": _NUMBER, "float_parsing": _NUMBER, "finite_number": _NUMBER,
    "decimal_type": _DECIMAL, "decimal_parsing": _DECIMAL,
    "decimal_max_digits": "Must have at most {max_digits} digits",
    "decimal_max_places": "Must have at most {decimal_places} decimal places",
    "decimal_whole_digits": "Must have at most {whole_digits} digits before the point",
    "greater_than": "Must be more than {gt}", "greater_than_equal": "Must be at least {ge}",
    "less_than": "Must be less than {lt}", "less_than_equal": "Must be at most {le}",
    "multiple_of": "Must be a multiple of {multiple_of}",
    "string_type": _TEXT, "string_unicode": _TEXT, "sequence_str": _LIST,
    "string_too_short": "Must have at least {min_length} {characters}",
    "string_too_long": "Must have at most {max_length} {characters}",
    "string_pattern_mismatch": "Does not have the expected form",
    "string_not_ascii": "Must be plain ASCII text",
    "bytes_type": _BYTES, "bytes_invalid_encoding": _BYTES,
    "bytes_too_short": "Must have at least {min_length} {bytes}", "bytes_too_long": "Must have at most {max_length} {bytes}",
    "literal_error": _OPTION, "enum": _OPTION, "union_tag_invalid": "Must be {expected_tags}",
    "date_type": _DATE, "date_parsing": _DATE, "date_from_datetime_parsing": _DATE, "date_from_datetime_inexact": _DATE,
    "date_past": "Must be in the past", "date_future": "Must be in the future",
    "datetime_past": "Must be in the past", "datetime_future": "Must be in the future",
    "datetime_type": _DATETIME, "datetime_parsing": _DATETIME, "datetime_from_date_parsing": _DATETIME,
    "datetime_object_invalid": _DATETIME,
    "timezone_naive": "Must have no time zone", "timezone_aware": "Must have a time zone",
    "timezone_offset": "Must have the expected time zone",
    "time_type": _TIME, "time_parsing": _TIME,
    "time_delta_type": _DURATION, "time_delta_parsing": _DURATION,
    "uuid_type": _UUID, "uuid_parsing": _UUID, "uuid_version": "Must be a UUID of version {expected_version}",
    "url_type": _URL, "url_parsing": _URL, "url_syntax_violation": _URL,
    "url_scheme": "Must be a URL that starts with {expected_schemes}",
    "url_too_long": "Must have at most {max_length} characters",
    "list_type": _LIST, "tuple_type": _LIST, "set_type": _LIST, "frozen_set_type": _LIST, "iterable_type": _LIST,
    "set_item_not_hashable": "Must not hold lists or objects",
    "dict_type": _OBJECT, "mapping_type": _OBJECT, "model_type": _OBJECT, "model_attributes_type": _OBJECT,
    "dataclass_type": _OBJECT, "dataclass_exact_type": _OBJECT, "named_tuple_type": _LIST,
    "arguments_type": _OBJECT, "invalid_key": "Must have names that are text",
    "too_short": "Must have at least {min_length} {items}", "too_long": "Must have at most {max_length} {items}",
    "deque_type": _LIST, "counter_type": _OBJECT, "ordered_dict_type": _OBJECT, "frozen_dict_type": _OBJECT,
    "fraction_type": _FRACTION, "fraction_parsing": _FRACTION,
    "complex_type": _NUMBER, "complex_str_parsing": _NUMBER,
    "ip_v4_address": _ADDRESS, "ip_v6_address": _ADDRESS, "ip_v4_network": _ADDRESS, "ip_v6_network": _ADDRESS,
    "ip_v4_interface": _ADDRESS, "ip_v6_interface": _ADDRESS,
    "ip_any_address": _ADDRESS, "ip_any_network": _ADDRESS, "ip_any_interface": _ADDRESS,
    "pattern_type": _PATTERN, "pattern_str_type": _PATTERN, "pattern_bytes_type": _PATTERN, "pattern_regex": _PATTERN,
    "byte_size": _SIZE, "byte_size_unit": _SIZE, "base64_decode": _BYTES, "zoneinfo_str": "Must be a time zone, like Europe/Rome",
    "recursion_loop": "Must not contain itself", "recursion_depth_exceeded": "Must not be nested so deeply",
    "invalid-json-value": "Must be a JSON value",
}  # fmt: skip
"""What the user reads, by Pydantic's error type."""

_CLASSES: Mapping[str, str] = {
    "Decimal": _DECIMAL, "UUID": _UUID, "Sequence": _LIST, "Mapping": _OBJECT,
    "IPv4Address": _ADDRESS, "IPv4Network": _ADDRESS, "IPv4Interface": _ADDRESS,
    "IPv6Address": _ADDRESS, "IPv6Network": _ADDRESS, "IPv6Interface": _ADDRESS,
}  # fmt: skip
_KNOWN_TYPES = frozenset(get_args(ErrorType))
_LONGEST_LIST_OF_OPTIONS = 200


def failed(
    error: ValidationError,
    tree: Any,
    *,
    enums: Mapping[str, str] = MappingProxyType({}),
    rows: Mapping[Place, Sequence[int]] = MappingProxyType({}),
) -> ValidationFailed:
    """Turn Pydantic's report into the contract's, with all failures.

    Args:
        tree: the input, to tell its own names from the labels that unions add to a location.
        enums: spelled options by enumeration class (`compile.enum_options`).
        rows: for lists that a form numbered with gaps: the form's own numbers, by the list's place.
    """
    fields: dict[str, list[str]] = {}
    for detail in error.errors(include_url=False):
        path = spelled(place_of(detail, tree), rows)
        if path not in fields and len(fields) == MAX_FIELDS:
            break
        message = message_of(detail, enums)
        known = fields.setdefault(path, [])
        if message not in known:
            known.append(message)
    return ValidationFailed(fields=fields)


def message_of(detail: ErrorDetails, enums: Mapping[str, str] = MappingProxyType({})) -> str:
    """Give the sentence for one failure."""
    kind, context = detail["type"], detail.get("ctx", {})
    if kind in ("value_error", "assertion_error"):
        return _words_of_the_app(context.get("error"), detail)
    if kind == "is_instance_of":
        return _message_of_class(str(context.get("class", "")), enums)
    template = MESSAGES.get(kind)
    if template is None:  # an error type of the app's own says what the app wrote
        return _NOT_VALID if kind in _KNOWN_TYPES else detail["msg"]
    return template.format_map(_words(kind, context)) if "{" in template else template


def _words_of_the_app(error: object, detail: ErrorDetails) -> str:
    """Give what a validator of the app said; not what the standard library says, which quotes the value."""
    if isinstance(error, AddressValueError | NetmaskValueError):
        return _ADDRESS
    if type(error) not in (ValueError, AssertionError):
        return _EMAIL if "email" in detail["msg"] else _NOT_VALID
    text = str(error)
    return _NOT_VALID if not text or repr(detail["input"]) in text else text


def _message_of_class(name: str, enums: Mapping[str, str]) -> str:
    if name in enums:
        return _OPTION.format(expected=_shortened(enums[name]))
    return _CLASSES.get(name, _NOT_VALID)


def _words(kind: str, context: Mapping[str, Any]) -> dict[str, Any]:
    words: dict[str, Any] = {name: _plain(word) for name, word in context.items()}
    count = context.get("min_length", context.get("max_length"))
    for noun in ("character", "byte", "item"):
        words[f"{noun}s"] = noun if count == 1 else f"{noun}s"
    if kind == "union_tag_invalid":
        words["expected_tags"] = " or ".join(str(context["expected_tags"]).rsplit(", ", 1))
    return {**words, **{name: _shortened(str(words[name])) for name in ("expected", "expected_tags") if name in words}}


def _plain(word: Any) -> Any:
    """Write 1.0 as 1."""
    return int(word) if isinstance(word, float) and word.is_integer() else word


def _shortened(options: str) -> str:
    return options if len(options) <= _LONGEST_LIST_OF_OPTIONS else "one of the options"
