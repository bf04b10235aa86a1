"""What the shop needs from outside before it opens."""

from __future__ import annotations

import pytest

from environment import DEVELOPMENT_SECRETS, Environment
from twofold import ConfigurationError

SECRETS = {"PAYMENT_SECRET": "p" * 16, "ADMIN_TOKEN": "a" * 16, "API_KEYS": f"ada:{'k' * 16}, bob:{'b' * 16}"}


@pytest.mark.parametrize("name", ["PAYMENT_SECRET", "ADMIN_TOKEN"])
@pytest.mark.parametrize("mode", [{}, {"TWOFOLD_ENV": "production"}])
def test_production_does_not_start_without_a_secret(name: str, mode: dict[str, str]) -> None:
    environ = {key: value for key, value in SECRETS.items() if key != name}
    with pytest.raises(ConfigurationError, match=name):
        Environment.load(environ | mode)


@pytest.mark.parametrize(
    ("name", "value"), [("PAYMENT_SECRET", "short"), ("ADMIN_TOKEN", ""), ("API_KEYS", "ada:k"), ("API_KEYS", "ada")]
)
def test_weak_secret_is_refused(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=name):
        Environment.load(SECRETS | {name: value})


def test_development_starts_with_what_everybody_knows() -> None:
    environment = Environment.load({"TWOFOLD_ENV": "development"})
    assert environment.payment_secret == DEVELOPMENT_SECRETS["PAYMENT_SECRET"]
    assert environment.api_caller("development-api-key") == "demo"


def test_shop_without_api_keys_has_no_callers() -> None:
    environment = Environment.load({name: value for name, value in SECRETS.items() if name != "API_KEYS"})
    assert environment.api_caller("") is None


def test_keys_name_their_callers() -> None:
    environment = Environment.load(SECRETS)
    assert [environment.api_caller(key) for key in ("k" * 16, "b" * 16, "ключ")] == ["ada", "bob", None]


def test_secrets_do_not_show_in_logs() -> None:
    assert not any(secret in repr(Environment.load(SECRETS)) for secret in ("p" * 16, "a" * 16, "k" * 16))
