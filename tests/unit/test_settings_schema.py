"""The schema by which editors know `[tool.twofold]` says what the settings say."""

from __future__ import annotations

import inspect
import json
import re
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from twofold import ConfigurationError
from twofold import settings as module
from twofold.cli.finding import find_app
from twofold.settings import Settings

SCHEMA: dict[str, Any] = json.loads(Path(module.__file__).with_name("settings.schema.json").read_text(encoding="utf-8"))
NOT_IN_THE_PROJECT = {"directory", "secrets", "mode", "redis_url"}


def documented() -> dict[str, str]:
    """Give what the docstring says of each setting, on one line each."""
    arguments = (inspect.getdoc(Settings) or "").partition("Args:\n")[2]
    found = re.finditer(r"^    (\w+): (.*?)(?=^    \w+: |\Z)", arguments, re.MULTILINE | re.DOTALL)
    return {one[1]: " ".join(one[2].split()) for one in found}


def test_the_schema_is_one() -> None:
    Draft7Validator.check_schema(SCHEMA)


def test_the_schema_knows_every_setting_of_a_project() -> None:
    names = {one.name for one in fields(Settings)} - NOT_IN_THE_PROJECT
    assert SCHEMA["properties"].keys() == {"app", "check", *names}
    assert SCHEMA["additionalProperties"] is False


def test_the_schema_says_what_the_docstring_says() -> None:
    said = {name: one["description"] for name, one in SCHEMA["properties"].items() if name not in ("app", "check")}
    assert said == {name: text for name, text in documented().items() if name in said}


def test_the_schema_has_the_defaults_of_the_settings() -> None:
    said = {name: one["default"] for name, one in SCHEMA["properties"].items() if name not in ("app", "check")}
    assert said == json.loads(json.dumps({name: getattr(Settings(), name) for name in said}))


TABLES = [
    "",
    'app = "main:app"',
    'app = "shop.web:site.app"',
    'app = "shop"',
    'origins = ["https://shop.example"]',
    "max_body_bytes = 10",
    "live = false",
    'content_security_policy = { img-src = ["data:"] }',
    'redis_prefix = "shop"',
    "app = 3",
    'app = "./main.py:app"',
    'app = "main:"',
    'app = ""',
    'app = "a b"',
    'app = "1a"',
    "origin = []",
    'secrets = "x"',
    'mode = "development"',
    'redis_url = "redis://127.0.0.1"',
    'origins = "https://shop.example"',
    "origins = [1]",
    "max_body_bytes = 0",
    "max_body_bytes = 1.5",
    "max_body_bytes = true",
    "live = 1",
    "redis_prefix = 1",
    'content_security_policy = "x"',
    "content_security_policy = { img-src = [1] }",
]


@pytest.mark.parametrize("table", TABLES)
def test_the_schema_accepts_what_an_app_starts_with(tmp_path: Path, table: str) -> None:
    (tmp_path / "pyproject.toml").write_text(f"[tool.twofold]\n{table}\n", encoding="utf-8")
    (tmp_path / "app").mkdir()
    assert Draft7Validator(SCHEMA).is_valid(tomllib.loads(table)) == is_started_with(tmp_path)


def is_started_with(directory: Path) -> bool:
    try:
        Settings.load(directory, {})
        find_app(None, directory)
    except ConfigurationError:
        return False
    return True
