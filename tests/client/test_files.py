"""The files of a client: the same every time, written at once, and none of anybody else's touched."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

import pytest

from support.client_app import app
from twofold import App, ConfigurationError, Settings
from twofold.client import client_files, outdated, write
from twofold.client.modules import MARK

MODULE = PurePosixPath("client_app.ts")
RUNTIME = [PurePosixPath(f"_{name}.ts") for name in ("runtime", "handlers", "live", "streams")]


def files(*names: str, text: str = "one") -> dict[PurePosixPath, str]:
    return {PurePosixPath(name): f"{MARK}\n{text}\n" for name in names}


def there(folder: Path) -> dict[str, str]:
    return {str(file.relative_to(folder)): file.read_text() for file in sorted(folder.rglob("*")) if file.is_file()}


def test_the_same_app_gives_the_same_files() -> None:
    first, second = client_files(app, "support"), client_files(app, "support")

    assert first == second
    assert list(first)[:4] == RUNTIME
    assert all(text.startswith(MARK) for text in first.values())


def test_what_is_written_is_no_longer_outdated(tmp_path: Path) -> None:
    wanted = client_files(app, "support")

    assert set(write(wanted, tmp_path / "src" / "actions")) == set(wanted)
    assert outdated(wanted, tmp_path / "src" / "actions") == {}
    assert write(wanted, tmp_path / "src" / "actions") == []


def test_files_that_did_not_change_are_left_alone(tmp_path: Path) -> None:
    write(files("a.ts", "b.ts"), tmp_path)
    before = (tmp_path / "a.ts").stat().st_mtime_ns, (tmp_path / "a.ts").stat().st_ino
    changed = write({**files("a.ts"), **files("b.ts", text="two")}, tmp_path)

    assert changed == [PurePosixPath("b.ts")]
    assert ((tmp_path / "a.ts").stat().st_mtime_ns, (tmp_path / "a.ts").stat().st_ino) == before


def test_what_is_no_longer_exported_is_removed_with_its_folder_and_nothing_else(tmp_path: Path) -> None:
    write(files("a.ts", "api/stock/route.ts", "api/orders/route.ts"), tmp_path)
    (tmp_path / "api" / "orders" / "own.ts").write_text("mine")
    (tmp_path / "index.ts").write_text("mine")
    write(files("a.ts"), tmp_path)

    assert there(tmp_path) == {"a.ts": f"{MARK}\none\n", "api/orders/own.ts": "mine", "index.ts": "mine"}
    assert not (tmp_path / "api" / "stock").exists()


def test_a_file_of_somebody_else_stops_everything(tmp_path: Path) -> None:
    write(files("a.ts"), tmp_path)
    (tmp_path / "b.ts").write_text("mine")
    with pytest.raises(ConfigurationError, match=r"b\.ts was not written by `twofold client`"):
        write(files("a.ts", "b.ts", text="two"), tmp_path)

    assert there(tmp_path) == {"a.ts": f"{MARK}\none\n", "b.ts": "mine"}


def test_an_interrupted_run_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "out"
    write(files("a.ts", "b.ts"), folder)
    written = Path.write_text

    def full(file: Path, *args: object, **options: object) -> int:
        if file.name == "1":
            raise OSError(28, os.strerror(28))
        return written(file, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="space"):
        write(files("a.ts", "b.ts", text="two"), folder)

    assert there(folder) == {"a.ts": f"{MARK}\none\n", "b.ts": f"{MARK}\none\n"}
    assert [file.name for file in tmp_path.iterdir()] == ["out"]


def test_outdated_says_what_is_missing_wrong_and_left_over(tmp_path: Path) -> None:
    write(files("left.ts", "wrong.ts"), tmp_path)
    found = outdated({**files("wrong.ts", text="two"), **files("missing.ts")}, tmp_path)

    one, two = f"{MARK}\none\n", f"{MARK}\ntwo\n"
    assert found == {
        PurePosixPath("left.ts"): (one, None),
        PurePosixPath("missing.ts"): (None, one),
        PurePosixPath("wrong.ts"): (one, two),
    }


def test_only_what_is_exported_is_in_the_client() -> None:
    text = client_files(app, "support")[MODULE]

    assert "internal" not in text
    assert "export const reserveStock:" in text


def test_two_functions_of_one_name_are_refused_with_both_places() -> None:
    shop = App(settings=Settings(mode="test"))

    @shop.get("/one")
    async def two_words() -> None: ...

    @shop.get("/two")
    async def twoWords() -> None: ...  # noqa: N802

    with pytest.raises(ConfigurationError, match=r"test_files\.py.*as '.*TwoWords', as .*test_files\.py.* rename one"):
        client_files(shop, "actions")


def test_two_modules_of_one_path_are_refused() -> None:
    shop = App(settings=Settings(mode="test"))
    for module in ("actions.stock", "stock"):

        async def get_stock() -> None: ...

        get_stock.__module__ = module
        get_stock.__qualname__ = "get_stock"
        shop.get(f"/{module}")(get_stock)

    with pytest.raises(ConfigurationError, match=r"actions\.stock and stock would both be written as stock\.ts"):
        client_files(shop, "actions")
