from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from starlette.responses import Response

from twofold.browser import BUILT, CORE_URL, RUNTIME, Runtime, content_hash, runtime_response, runtime_url

MODULES = {"core.js": b"export const core = 1;" * 20, "live.js": b'import "./core.js";'}
runtime = Runtime(MODULES)


def ask(name: str, accept_encoding: str | None = None) -> Response | None:
    return runtime.response(f"{runtime.folder}/{name}".encode(), accept_encoding)


def headers_of(response: Response) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in response.raw_headers}


def test_module_is_kept_for_good() -> None:
    response = ask("core.js")
    assert response is not None
    assert response.status_code == 200
    assert response.body == MODULES["core.js"]
    assert headers_of(response) == {
        "content-type": "text/javascript; charset=utf-8",
        "cache-control": "public, max-age=31536000, immutable",
        "content-length": str(len(MODULES["core.js"])),
        "vary": "accept-encoding",
    }


@pytest.mark.parametrize("accept_encoding", ["gzip", "gzip, deflate, br, zstd", "br;q=1.0, gzip;q=0.8, *;q=0.1", "GZIP"])
def test_module_is_compressed_for_who_takes_it(accept_encoding: str) -> None:
    response = ask("core.js", accept_encoding)
    assert response is not None
    assert gzip.decompress(bytes(response.body)) == MODULES["core.js"]
    headers = headers_of(response)
    assert headers["content-encoding"] == "gzip"
    assert headers["vary"] == "accept-encoding"
    assert headers["content-length"] == str(len(response.body))


@pytest.mark.parametrize("accept_encoding", [None, "", "identity", "br", "gzip;q=0", "gzip;q=0.5, identity"])
def test_module_is_plain_for_everyone_else(accept_encoding: str | None) -> None:
    response = ask("core.js", accept_encoding)
    assert response is not None
    assert response.body == MODULES["core.js"]
    assert "content-encoding" not in headers_of(response)


@pytest.mark.parametrize(
    "path",
    [
        b"/_twofold/runtime/0000000000000000/core.js",
        f"{runtime.folder}/other.js".encode(),
        f"{runtime.folder}/".encode(),
        f"{runtime.folder}/../core.js".encode(),
        f"{runtime.folder}/%63ore.js".encode(),
        f"{runtime.folder}/core.js/".encode(),
        b"/",
        b"\xff",
    ],
)
def test_nothing_else_is_there(path: bytes) -> None:
    assert runtime.response(path, "gzip") is None


def test_what_is_added_to_one_answer_is_not_in_the_next() -> None:
    first = ask("core.js")
    assert first is not None
    first.raw_headers.append((b"set-cookie", b"canary"))
    second = ask("core.js")
    assert second is not None
    assert "set-cookie" not in headers_of(second)


def test_all_modules_have_one_hash() -> None:
    assert runtime.url("", "core.js").rpartition("/")[0] == runtime.url("", "live.js").rpartition("/")[0]


def test_hash_is_sixteen_hexadecimal_digits() -> None:
    assert len(bytes.fromhex(content_hash(MODULES))) == 8


@pytest.mark.parametrize(
    "other",
    [
        {**MODULES, "live.js": b"other"},
        {"core.js": MODULES["core.js"]},
        {"core.js": MODULES["core.js"], "panel.js": MODULES["live.js"]},
        {"core.js": MODULES["live.js"], "live.js": MODULES["core.js"]},
        {"core.js": MODULES["core.js"] + b"live.js 19\n" + MODULES["live.js"]},
    ],
)
def test_hash_tells_every_change(other: dict[str, bytes]) -> None:
    assert content_hash(other) != content_hash(MODULES)


def test_hash_is_of_the_content_and_not_of_its_order() -> None:
    assert content_hash(dict(reversed(MODULES.items()))) == content_hash(MODULES)


@pytest.mark.parametrize(
    ("root", "prefix"), [("", ""), ("/", ""), ("/shop", "/shop"), ("/shop/", "/shop"), ("/größe", "/gr%C3%B6%C3%9Fe")]
)
def test_url_begins_where_the_app_is_mounted(root: str, prefix: str) -> None:
    assert runtime.url(root) == f"{prefix}{runtime.folder}/core.js"


def test_folder_gives_its_modules_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "core.js").write_bytes(MODULES["core.js"])
    (tmp_path / "notes.txt").write_text("canary")
    loaded = Runtime.load(tmp_path)
    assert loaded.folder == f"/_twofold/runtime/{content_hash({'core.js': MODULES['core.js']})}"
    assert loaded.response(f"{loaded.folder}/notes.txt".encode(), None) is None


def test_app_without_a_build_serves_no_runtime(tmp_path: Path) -> None:
    unbuilt = Runtime.load(tmp_path / "dist")
    assert unbuilt.response(unbuilt.url().encode(), None) is None


def test_app_serves_what_was_built() -> None:
    built = {file.name: file.read_bytes() for file in BUILT.glob("*.js")}
    assert CORE_URL == runtime_url() == f"/_twofold/runtime/{content_hash(built)}/core.js"
    for name, content in built.items():
        response = runtime_response(f"{RUNTIME.folder}/{name}".encode(), None)
        assert response is not None
        assert response.body == content


def test_drafts_have_a_path_that_other_builds_know_too() -> None:
    of_this = Runtime({"core.js": b"1", "drafts.js": b"export const reload = 1;"})
    response = of_this.response(b"/_twofold/drafts.js", None)

    assert response is not None
    assert response.body == b"export const reload = 1;"
    assert headers_of(response)["cache-control"] == "no-cache"
