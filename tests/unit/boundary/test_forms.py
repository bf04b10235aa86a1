from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from starlette.datastructures import UploadFile

from twofold.boundary import Arguments, FileLimits, FormInput, FormLimits, parse_multipart, parse_urlencoded
from twofold.errors import TooLarge, ValidationFailed

CONTENT_TYPE = "multipart/form-data; boundary=xyz"


async def pieces(raw: bytes, size: int = 65_536) -> AsyncIterator[bytes]:
    for start in range(0, len(raw), size):
        yield raw[start : start + size]


def part(name: str, content: bytes | str, filename: str | None = None, more: str = "") -> bytes:
    raw = content.encode() if isinstance(content, str) else content
    file = f'; filename="{filename}"' if filename is not None else ""
    return f'--xyz\r\nContent-Disposition: form-data; name="{name}"{file}\r\n{more}\r\n'.encode() + raw + b"\r\n"


def body(*parts: bytes) -> bytes:
    return b"".join(parts) + b"--xyz--\r\n"


async def parse(raw: bytes, limits: FormLimits | None = None, content_type: str = CONTENT_TYPE, size: int = 65_536) -> FormInput:
    return await parse_multipart(content_type, pieces(raw, size), limits or FormLimits())


@pytest.mark.parametrize(
    ("raw", "pairs"),
    [
        (b"", []),
        (b"a=1&b=2&a=3", [("a", "1"), ("b", "2"), ("a", "3")]),
        (b"a&b=&=c&&", [("a", ""), ("b", ""), ("", "c")]),
        (b"a=1=2", [("a", "1=2")]),
        (b"a+b=c+d%2B", [("a b", "c d+")]),
        (b"%61.%62=%C3%A9", [("a.b", "é")]),
        ("é=ü".encode(), [("é", "ü")]),
        (b"a=%00%0D%0A", [("a", "\0\r\n")]),
        (b"a;b=1", [("a;b", "1")]),
    ],
)
def test_urlencoded_pairs_are_read(raw: bytes, pairs: list[tuple[str, str]]) -> None:
    assert parse_urlencoded(raw).pairs == pairs


BROKEN = (b"a=%", b"a=%4", b"a=%zz", b"%=1", b"a=%u0041", b"a=%ff", b"%C3=1", b"a=\xff", b"a=%ED%A0%80", b"a=%C0%AF")


@pytest.mark.parametrize("raw", BROKEN)
def test_broken_urlencoding_is_a_validation_failure(raw: bytes) -> None:
    with pytest.raises(ValidationFailed) as caught:
        parse_urlencoded(raw)
    assert caught.value.fields == {"": ["Not a valid form"]}


@pytest.mark.parametrize(
    ("content_type", "is_read"),
    [
        ("application/x-www-form-urlencoded", True),
        ("application/x-www-form-urlencoded;charset=UTF-8", True),
        ('application/x-www-form-urlencoded; charset="utf-8"', True),
        ("application/x-www-form-urlencoded; charset=iso-8859-1", False),
        ("application/x-www-form-urlencoded; charset=", False),
    ],
)
def test_forms_are_utf8(content_type: str, is_read: bool) -> None:
    if is_read:
        assert parse_urlencoded(b"a=1", content_type=content_type).pairs == [("a", "1")]
    else:
        with pytest.raises(ValidationFailed):
            parse_urlencoded(b"a=1", content_type=content_type)


def test_urlencoded_limits_are_413() -> None:
    assert len(parse_urlencoded(b"&".join([b"a=1"] * 1000)).pairs) == 1000
    with pytest.raises(TooLarge, match="too many fields"):
        parse_urlencoded(b"&".join([b"a=1"] * 1001))
    with pytest.raises(TooLarge, match="too large"):
        parse_urlencoded(b"a=" + b"1" * 100, FormLimits(body_bytes=100))


@pytest.mark.parametrize("size", [1, 2, 3, 7, 65_536])
async def test_multipart_reads_the_same_in_pieces_of_any_size(size: int) -> None:
    file_part = part("f", b"\xff\x00\r\n--xyz-no", "ö.bin", "Content-Type: image/png\r\n")
    raw = body(part("a", "1"), part("é", "ü\r\n--xy"), file_part, part("a", ""))
    form = await parse(raw, size=size)
    assert form.pairs == [("a", "1"), ("é", "ü\r\n--xy"), ("a", "")]
    [(name, file)] = form.files
    assert (name, file.filename, file.content_type, file.size) == ("f", "ö.bin", "image/png", 12)
    assert await file.read() == b"\xff\x00\r\n--xyz-no"
    await form.close()


async def test_a_form_without_fields_is_empty() -> None:
    form = await parse(body())
    assert (form.pairs, form.files) == ([], [])


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"garbage",
        b"--xyz\r\n",
        b"--xyz",
        part("a", "1"),
        part("a", "1") + b"--xyz",
        part("a", b"\xff") + b"--xyz--\r\n",
        part("a", "x" * 10, "f")[:-5],
        b"--xyz\r\n\r\n1\r\n--xyz--\r\n",
        b"--xyz\r\nContent-Disposition: form-data\r\n\r\n1\r\n--xyz--\r\n",
        b"--xyz\r\nContent-Disposition: form-data; name=\r\n\r\n1\r\n--xyz--\r\n"[:-4],
        b'--xyz\r\nContent-Disposition: form-data; name="\xff"\r\n\r\n1\r\n--xyz--\r\n',
        b"--xyz\r\nContent Disposition: x\r\n\r\n1\r\n--xyz--\r\n",
        b"--abc\r\n\r\n--abc--\r\n",
    ],
)
async def test_broken_multipart_is_a_validation_failure(raw: bytes) -> None:
    with pytest.raises(ValidationFailed) as caught:
        await parse(raw)
    assert caught.value.fields == {"": ["Not a valid form"]}


@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=" + "x" * 71,
        "multipart/form-data; boundary=xyz; charset=latin-1",
        "multipart/form-data; boundary=xé",
        "multipart/form-data; boundary=\u1234",
    ],
)
async def test_a_content_type_that_does_not_delimit_parts_is_refused(content_type: str) -> None:
    with pytest.raises(ValidationFailed):
        await parse(body(part("a", "1")), content_type=content_type)


@pytest.mark.parametrize(
    ("parts", "limits", "message"),
    [
        ([part("a", "1")] * 3, FormLimits(fields=2), "too many fields"),
        ([part("a", "1", "f")] * 3, FormLimits(files=2), "too many files"),
        ([part("a", "1" * 11)], FormLimits(field_bytes=10), "field is too large"),
        ([part("a", "1" * 200, "f")], FormLimits(body_bytes=100), "request is too large"),
    ],
)
async def test_multipart_limits_are_413(parts: list[bytes], limits: FormLimits, message: str) -> None:
    with pytest.raises(TooLarge, match=message):
        await parse(body(*parts), limits, size=16)


async def test_the_body_limit_stops_the_stream() -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        yield part("f", b"", "f")[:-2]
        while True:
            read += 1000
            yield b"x" * 1000

    with pytest.raises(TooLarge):
        await parse_multipart(CONTENT_TYPE, endless(), FormLimits(body_bytes=10_000))
    assert read <= 11_000


PNG = b"\x89PNG\r\n\x1a\n"
PICTURE = FileLimits(20, accept=("image/png",), max_files=2)


@pytest.mark.parametrize("size", [1, 7, 65_536])
@pytest.mark.parametrize(
    ("files", "code", "message"),
    [
        ([PNG + b"x" * 12] * 2, None, None),
        ([PNG, PNG + b"x" * 13], "TOO_LARGE", "Must be at most 20 bytes"),
        ([b"no image, that is clear"], "VALIDATION", "Must be one of: image/png"),
        ([PNG] * 3, "VALIDATION", "Must be at most 2 files"),
    ],
)
async def test_a_file_is_refused_the_same_in_pieces_of_any_size(
    size: int, files: list[bytes], code: str | None, message: str | None
) -> None:
    raw = body(part("a", "1"), *(part("f", one, "f") for one in files), part("b", "2"))
    form = await parse(raw, FormLimits(by_name={"f": PICTURE}), size=size)
    assert form.pairs == ([("a", "1"), ("b", "2")] if code is None else [("a", "1")])
    assert (form.refusal and form.refusal.code, form.refusal and form.refusal.fields) == (code, code and {"f": [message]})
    assert len(form.files) == (len(files) if code is None else 0)
    await form.close()


async def test_what_is_in_no_limited_file_has_a_limit_of_its_own() -> None:
    limits = FormLimits(body_bytes=10_000, by_name={"f": FileLimits(5000)}, rest_bytes=1000)
    await (await parse(body(part("f", b"x" * 5000, "f"), part("a", "1" * 500)), limits)).close()
    with pytest.raises(TooLarge):
        await parse(body(part("f", b"x" * 5000, "f"), part("a", "1" * 1000)), limits)
    with pytest.raises(TooLarge):
        await parse(body(part("other", b"x" * 1000, "f")), limits)


async def test_large_files_go_to_disk() -> None:
    form = await parse(body(part("f", b"x" * 3_000_000, "f")), FormLimits(body_bytes=4_000_000))
    file = form.files[0][1]
    assert file.file._rolled  # type: ignore[attr-defined]
    await form.close()
    assert file.file.closed


class TestFileParameters:
    @staticmethod
    def upload(picture: UploadFile, title: str, more: list[UploadFile], extra: UploadFile | None = None) -> None: ...

    async def test_files_arrive_beside_the_fields(self) -> None:
        raw = body(part("picture", "P", "p.png"), part("title", "T"), part("more", "1", "1"), part("more", "2", "2"))
        form = await parse(raw)
        values = Arguments.of(self.upload).validate_form(form)
        assert values["title"] == "T"
        assert values["picture"] is form.files[0][1]
        assert [file.filename for file in values["more"]] == ["1", "2"]
        assert values["extra"] is None
        await form.close()

    @pytest.mark.parametrize(
        ("parts", "expected"),
        [
            ([part("title", "T")], {"picture": ["Required"]}),
            ([part("title", "T"), part("picture", "", "")], {"picture": ["Required"]}),
            ([part("title", "T"), part("picture", "text")], {"picture": ["Must be an uploaded file"]}),
            ([part("title", "T"), part("picture", "1", "1"), part("picture", "2", "2")], {"picture": ["Must be one file"]}),
            ([part("picture", "1", "1"), part("title", "1", "1")], {"title": ["Must not be a file"]}),
            ([part("title", "T"), part("picture", "1", "1"), part("extra", "x")], {"extra": ["Must be an uploaded file"]}),
        ],
    )
    async def test_a_wrong_file_is_the_fields_failure(self, parts: list[bytes], expected: dict[str, list[str]]) -> None:
        form = await parse(body(*parts))
        with pytest.raises(ValidationFailed) as caught:
            Arguments.of(self.upload).validate_form(form)
        assert caught.value.fields == expected
        await form.close()

    def test_json_carries_no_files(self) -> None:
        with pytest.raises(ValidationFailed) as caught:
            Arguments.of(self.upload).validate_json(b'{"picture":"x","title":1,"extra":{}}')
        assert caught.value.fields == {
            "picture": ["Must be an uploaded file"], "extra": ["Must be an uploaded file"], "title": ["Must be text"],
        }  # fmt: skip

    def test_python_callers_pass_upload_files(self, tmp_path: Path) -> None:
        arguments = Arguments.of(self.upload)
        with (tmp_path / "p").open("wb") as opened:
            file = UploadFile(opened)
            values = {"picture": file, "title": "T", "more": [file]}
            assert arguments.validate_python(values) == values
        with pytest.raises(ValidationFailed) as caught:
            arguments.validate_python({"picture": "p.png", "title": "T", "more": "x", "extra": 5})
        assert caught.value.fields == {name: ["Must be an uploaded file"] for name in ("picture", "more", "extra")}

    def test_files_are_fields_and_schema(self) -> None:
        arguments = Arguments.of(self.upload)
        assert arguments.file_names == ("picture", "more", "extra")
        assert arguments.fields["picture"].attrs == {"name": "picture", "type": "file", "required": True}
        assert arguments.fields["more"].attrs == {"name": "more", "type": "file", "multiple": True, "required": True}
        assert arguments.fields["extra"].attrs == {"name": "extra", "type": "file"}
        assert arguments.json_schema()["required"] == ["picture", "title", "more"]
