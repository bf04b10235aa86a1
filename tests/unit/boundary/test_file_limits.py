"""What an uploaded file may be."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from typing import Annotated, Any

import pytest
from starlette.datastructures import Headers, UploadFile

from twofold import ConfigurationError, FileLimits
from twofold.boundary import Arguments

PNG = b"\x89PNG\r\n\x1a\n" + bytes(8)
ZIP = b"PK\x03\x04" + bytes(8)
WEBP = b"RIFF\x00\x00\x00\x00WEBPVP8 "
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def file(content: bytes, name: str = "file", kind: str = "application/octet-stream") -> UploadFile:
    return UploadFile(BytesIO(content), size=len(content), filename=name, headers=Headers({"content-type": kind}))


@pytest.mark.parametrize(
    ("accept", "content", "name", "kind", "is_accepted"),
    [
        (("image/png",), PNG, "a.png", "image/png", True),
        (("image/png",), PNG, "a.txt", "text/plain", True),
        (("image/*",), PNG, "a.png", "image/png", True),
        (("image/*",), WEBP, "a", "", True),
        (("image/*",), b"<svg/>", "a.svg", "image/svg+xml", True),
        (("image/png",), b"no image", "a.png", "image/png", False),
        (("image/*",), b"no image", "a.png", "image/png", False),
        (("image/png",), ZIP, "a.png", "image/png", False),
        (("image/png",), b"", "a.png", "image/png", False),
        (("application/pdf",), b"%PDF-1.7 ", "a", "", True),
        ((".pdf",), b"%PDF-1.7 ", "a.PDF", "", True),
        ((".pdf",), PNG, "a.pdf", "application/pdf", False),
        ((".csv",), b"a,b", "a.csv", "text/csv", True),
        ((".csv",), PNG, "a.csv", "text/csv", False),
        ((".csv",), b"a,b", "a.txt", "text/csv", False),
        ((SHEET,), ZIP, "a.xlsx", SHEET, True),
        (("application/zip",), ZIP, "a.zip", "application/zip", True),
        ((), b"anything", "a", "", True),
    ],
)
def test_a_type_is_what_the_content_is(accept: tuple[str, ...], content: bytes, name: str, kind: str, is_accepted: bool) -> None:
    sent = file(content, name, kind)
    problem = FileLimits(100, accept).problem(sent)
    assert problem == (None if is_accepted else f"Must be one of: {', '.join(accept)}")
    assert sent.file.tell() == 0
    if is_accepted and content == PNG:
        assert sent.content_type == "image/png"


@pytest.mark.parametrize(("size", "problem"), [(10, None), (11, "Must be at most 10 bytes")])
def test_a_size_is_the_largest_that_fits(size: int, problem: str | None) -> None:
    assert FileLimits(10).problem(file(bytes(size))) == problem


@pytest.mark.parametrize(
    "arguments",
    [
        (0,),
        (-1,),
        (True,),
        ("1",),
        (1, "image/png"),
        (1, ("png",)),
        (1, ("image/png, image/gif",)),
        (1, ("IMAGE/PNG",)),
        (1, (" .x",)),
        (1, (), 0),
        (1, (), True),
    ],
)
def test_misuse_is_refused_with_the_remedy(arguments: tuple[Any, ...]) -> None:
    with pytest.raises(ConfigurationError, match="FileLimits"):
        FileLimits(*arguments)


LIMITS = FileLimits(2 * 1024 * 1024, accept=("image/png", ".webp"), max_files=3)


def one(photo: Annotated[UploadFile, LIMITS]) -> None: ...
def perhaps(photo: Annotated[UploadFile | None, LIMITS] = None) -> None: ...
def inside(photo: Annotated[UploadFile, LIMITS] | None = None) -> None: ...
def many(photo: list[Annotated[UploadFile, LIMITS]]) -> None: ...
def around(photo: Annotated[list[UploadFile], LIMITS]) -> None: ...


@pytest.mark.parametrize(("function", "max_files"), [(one, 1), (perhaps, 1), (inside, 1), (many, 3), (around, 3)])
def test_limits_are_found_wherever_they_stand_and_reach_the_field(function: Any, max_files: int) -> None:
    arguments = Arguments.of(function)
    assert arguments.file_limits == {"photo": replace(LIMITS, max_files=max_files)}
    attrs = arguments.fields["photo"].attrs
    assert (attrs["type"], attrs["accept"]) == ("file", "image/png,.webp")
    assert attrs.get("multiple", False) is (max_files > 1)
    assert (attrs["data-tf-max-bytes"], attrs["data-tf-too-large"]) == ("2097152", "Must be at most 2 MiB")


def test_a_file_without_limits_has_none_in_its_field() -> None:
    def free(photo: UploadFile) -> None: ...

    assert set(Arguments.of(free).fields["photo"].attrs) == {"name", "type", "required"}
