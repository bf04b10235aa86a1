from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from twofold.app import App
from twofold.errors import ConfigurationError
from twofold.settings import DAY_SECONDS, Settings, Setup

SECRET = "jf83hF9sLw02mVb7Xq4Zt6Yp1Rc5Ne8Ku3Ga"


def loaded(directory: Path, toml: str = "", **environ: str) -> Settings:
    if toml:
        (directory / "pyproject.toml").write_text(toml, encoding="utf-8")
    return Settings.load(directory, environ)


def started(settings: Settings) -> Setup:
    return App(settings=settings).start()


def test_production_is_the_default(tmp_path: Path) -> None:
    settings = loaded(tmp_path)
    assert (settings.mode, settings.is_development) == ("production", False)
    assert settings == Settings(directory=tmp_path)
    assert (settings.max_body_bytes, settings.form_max_age_seconds, settings.session_max_age_seconds) == (
        1024 * 1024,
        DAY_SECONDS,
        14 * DAY_SECONDS,
    )


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"TWOFOLD_ENV": "development"}, {"mode": "development"}),
        ({"TWOFOLD_SECRET": "a,b"}, {"secrets": "a,b"}),
        ({"TWOFOLD_ORIGINS": "https://a.example, https://b.example,"}, {"origins": ("https://a.example", "https://b.example")}),
        ({"TWOFOLD_ALLOWED_HOSTS": "a.example"}, {"allowed_hosts": ("a.example",)}),
        ({"TWOFOLD_ALLOWED_ORIGINS": "https://a.example"}, {"allowed_origins": ("https://a.example",)}),
        ({"TWOFOLD_TRUSTED_PROXIES": "10.0.0.0/8,unix"}, {"trusted_proxies": ("10.0.0.0/8", "unix")}),
        ({"TWOFOLD_ALLOWED_HOSTS": ""}, {"allowed_hosts": ()}),
        ({"PATH": "/bin"}, {}),
    ],
)
def test_environment_is_read(tmp_path: Path, environ: Mapping[str, str], expected: Mapping[str, Any]) -> None:
    assert loaded(tmp_path, **environ) == replace(Settings(directory=tmp_path), **expected)


def test_project_file_is_read(tmp_path: Path) -> None:
    settings = loaded(
        tmp_path,
        """
        [tool.twofold]
        app = "shop:app"
        origins = ["https://shop.example"]
        max_body_bytes = 10
        content_security_policy = { img-src = ["data:"] }
        """,
    )
    assert settings.origins == ("https://shop.example",)
    assert settings.max_body_bytes == 10
    assert settings.content_security_policy == {"img-src": ("data:",)}


def test_environment_wins_over_the_project_file(tmp_path: Path) -> None:
    settings = loaded(tmp_path, '[tool.twofold]\norigins = ["https://a.example"]', TWOFOLD_ORIGINS="https://b.example")
    assert settings.origins == ("https://b.example",)


@pytest.mark.parametrize("toml", ["", "[project]\nname = 'x'", "[tool.other]\na = 1"])
def test_project_file_need_not_speak_of_twofold(tmp_path: Path, toml: str) -> None:
    assert loaded(tmp_path, toml) == Settings(directory=tmp_path)


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ("[tool.twofold]\norigin = []", "has no .*origin.*it knows app, allowed_hosts"),
        ('[tool.twofold]\nsecrets = "x"', "has no .*it knows app"),
        ('[tool.twofold]\nmode = "development"', "has no .*it knows app"),
        ('[tool.twofold]\norigins = "https://a.example"', "origins: write a list of texts"),
        ("[tool.twofold]\norigins = [1]", "origins: write a list of texts"),
        ("[tool.twofold]\nmax_body_bytes = 0", "max_body_bytes: write a whole number above zero"),
        ("[tool.twofold]\nmax_body_bytes = 1.5", "max_body_bytes: write a whole number above zero"),
        ("[tool.twofold]\nmax_body_bytes = true", "max_body_bytes: write a whole number above zero"),
        ('[tool.twofold]\ncontent_security_policy = "x"', "content_security_policy: write a table"),
        ('[tool.twofold.content_security_policy]\nimg-src = "x"', "content_security_policy: write a table"),
        ("[tool.twofold.content_security_policy]\nimg-src = [1]", "content_security_policy: write a table"),
        ("[tool.twofold", r"pyproject\.toml: "),
        ("[tool]\ntwofold = 1", r"tool\.twofold"),
    ],
)
def test_mistake_in_the_project_file_is_named(tmp_path: Path, toml: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        loaded(tmp_path, toml)


@pytest.mark.parametrize("mode", ["", "Production", "prod", "dev", "debug"])
def test_unknown_mode_is_refused(tmp_path: Path, mode: str) -> None:
    with pytest.raises(ConfigurationError, match=r'TWOFOLD_ENV=.*"development", "test" or "production"'):
        loaded(tmp_path, TWOFOLD_ENV=mode)


def test_secret_is_not_shown() -> None:
    assert SECRET not in repr(Settings(secrets=SECRET))


@pytest.mark.parametrize("secrets", ["", "short", "x" * 40, "changeme" * 5])
def test_production_does_not_start_without_good_secrets(tmp_path: Path, secrets: str) -> None:
    with pytest.raises(ConfigurationError, match="TWOFOLD_SECRET"):
        started(Settings(directory=tmp_path, secrets=secrets))


def test_production_starts_with_a_good_secret(tmp_path: Path) -> None:
    assert started(Settings(directory=tmp_path, secrets=SECRET)).settings.mode == "production"


def test_tests_need_no_secret(tmp_path: Path) -> None:
    started(Settings(directory=tmp_path, mode="test"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "mistake",
    [
        {"origins": ("shop.example",)},
        {"allowed_hosts": ("https://shop.example",)},
        {"allowed_origins": ("*",)},
        {"trusted_proxies": ("0.0.0.0/0",)},
        {"trusted_proxies": ("localhost",)},
    ],
)
def test_mistake_in_a_setting_stops_the_start(tmp_path: Path, mistake: Mapping[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        started(Settings(directory=tmp_path, mode="test", **mistake))
