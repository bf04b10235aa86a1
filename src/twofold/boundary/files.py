"""Uploaded files: the one kind of argument that is no JSON, checked beside the others."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Union, get_args, get_origin

from starlette.datastructures import UploadFile

from twofold.boundary.file_limits import FileLimits
from twofold.boundary.messages import REQUIRED

NOT_A_FILE = "Must be an uploaded file"
ONE_FILE = "Must be one file"


@dataclass(frozen=True, slots=True)
class FileParameter:
    """A parameter that takes uploaded files."""

    is_required: bool
    is_many: bool
    is_nullable: bool
    limits: FileLimits | None = None

    @classmethod
    def of(cls, annotation: Any, *, is_required: bool) -> FileParameter | None:
        """Recognise `UploadFile`, `UploadFile | None` and `list[UploadFile]`; None for every other annotation."""
        annotation, limits = _unwrapped(annotation, None)
        members = get_args(annotation) if get_origin(annotation) in (Union, types.UnionType) else (annotation,)
        rest = [member for member in members if member is not types.NoneType]
        if len(rest) != 1:
            return None
        kind, limits = _unwrapped(rest[0], limits)
        is_many = get_origin(kind) is list
        if is_many:
            kind, limits = _unwrapped(get_args(kind)[0], limits)
        if kind is not UploadFile:
            return None
        if limits is not None and not is_many:
            limits = replace(limits, max_files=1)
        return cls(is_required, is_many, len(rest) < len(members), limits)

    def from_python(self, value: Any) -> tuple[Any, str | None]:
        """Give the argument and what is wrong with it."""
        if value is None and self.is_nullable:
            return None, None
        if self.is_many:
            fits = isinstance(value, list) and all(isinstance(item, UploadFile) for item in value)
            return value, None if fits else NOT_A_FILE
        return value, None if isinstance(value, UploadFile) else NOT_A_FILE

    def from_wire(self, said: Any, files: Sequence[UploadFile]) -> tuple[Any, str | None]:
        """Give the argument for the files that came under the parameter's name, and what is wrong with it.

        Args:
            said: what JSON said instead of a file.
        """
        chosen = [file for file in files if is_chosen(file)]
        if said is not None:
            return None, NOT_A_FILE
        if self.limits is not None:
            if len(chosen) > self.limits.max_files:
                return None, self.limits.too_many
            problem = next(filter(None, map(self.limits.problem, chosen)), None)
            if problem is not None:
                return None, problem
        if self.is_many:
            return chosen, None
        if len(chosen) > 1:
            return None, ONE_FILE
        return (chosen[0], None) if chosen else self.absent

    @property
    def absent(self) -> tuple[Any, str | None]:
        """What it means that no file came."""
        return None, None if self.is_nullable or not self.is_required else REQUIRED

    @property
    def json_schema(self) -> Mapping[str, Any]:
        """The field as multipart schemas (OpenAPI 3.1) write it."""
        one: dict[str, Any] = {"type": "string", "format": "binary", "contentMediaType": "application/octet-stream"}
        if self.limits is not None:
            one |= {"x-max-bytes": self.limits.max_bytes, "x-accept": list(self.limits.accept)}
        if not self.is_many:
            return one
        return {"type": "array", "items": one} | ({"maxItems": self.limits.max_files} if self.limits else {})


def _unwrapped(annotation: Any, limits: FileLimits | None) -> tuple[Any, FileLimits | None]:
    """Take an annotation out of `Annotated`, and the limits that stand there."""
    if get_origin(annotation) is not typing.Annotated:
        return annotation, limits
    annotation, *metadata = get_args(annotation)
    return annotation, next((one for one in metadata if isinstance(one, FileLimits)), limits)


def is_chosen(file: UploadFile) -> bool:
    """Say whether the visitor chose a file: an empty file input still sends a part without name and content."""
    return bool(file.filename) or bool(file.size)
