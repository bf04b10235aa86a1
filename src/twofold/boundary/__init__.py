"""Annotations become the boundary: validators, serializers, JSON Schema, form coercion, HTML attributes.

Every door (Python call, HTML form, JSON) reads into the same values by the same declared types and reports
the same failures under the same paths. Nothing on the wire names a type, a function or an attribute.
"""

from __future__ import annotations

from twofold.boundary.arguments import Arguments
from twofold.boundary.fields import FieldSpec
from twofold.boundary.file_limits import FileLimits
from twofold.boundary.forms import FormInput, FormLimits, parse_multipart, parse_urlencoded
from twofold.boundary.parameters import Parameter
from twofold.boundary.shape import Shape
from twofold.boundary.strict_json import dumps, loads
from twofold.boundary.types import BigInt, Secret
from twofold.boundary.where import Where

__all__ = [
    "Arguments", "BigInt", "FieldSpec", "FileLimits", "FormInput", "FormLimits", "Parameter", "Secret", "Shape", "Where",
    "dumps", "loads", "parse_multipart", "parse_urlencoded",
]  # fmt: skip
