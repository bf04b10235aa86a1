"""`twofold webhook send`: an event, signed as its provider would sign it, sent to an app that runs."""

from __future__ import annotations

import os
import secrets
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

import typer

from twofold.boundary import dumps
from twofold.errors import ConfigurationError
from twofold.webhooks import GitHub, HmacSha256, Slack, StandardWebhooks, Stripe

TIMEOUT_SECONDS = 30
MAX_ANSWER_BYTES = 64 * 1024

webhook = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Try the webhooks of an app.")


class Provider(StrEnum):
    """Whose signature an event gets."""

    STRIPE = "stripe"
    GITHUB = "github"
    SLACK = "slack"
    STANDARD = "standard"
    HMAC = "hmac"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a receiver said."""

    status: int
    reason: str
    body: bytes


@webhook.callback()
def _commands() -> None:
    """Try the webhooks of an app."""


@webhook.command()
def send(
    url: Annotated[str, typer.Argument(metavar="URL", help="Of the webhook, such as http://127.0.0.1:8000/webhooks/stripe.")],
    provider: Annotated[Provider, typer.Option(help="Whose signature it gets.")],
    secret_env: Annotated[str, typer.Option(metavar="NAME", help="The variable with the secret; of several, the first signs.")],
    event: Annotated[str | None, typer.Option(metavar="FILE", help="The body, as it is sent; - for standard input.")] = None,
    event_id: Annotated[
        str | None, typer.Option("--id", help="Of the event; send it twice to see whether it counts once.")
    ] = None,
    header: Annotated[str | None, typer.Option(metavar="NAME", help="Of the signature; for the provider hmac.")] = None,
    prefix: Annotated[str, typer.Option(help='Before the digits, such as "sha256="; for the provider hmac.')] = "",
    content_type: Annotated[str, typer.Option(help="Of the body.")] = "application/json",
) -> None:
    """Sign an event and send it; exits with 0 when the answer is a 2xx, and with 1 otherwise."""
    target = _target(url)
    secret = _secret(secret_env, os.environ)
    if (header is not None or prefix) and provider is not Provider.HMAC:
        raise ConfigurationError(f"--header and --prefix are for --provider hmac; {provider.value} has its own")
    identity = event_id or f"evt_{secrets.token_hex(8)}"
    body = _body(event, identity)
    signed = {**_signed(provider, secret, body, identity, HmacHeader(header, prefix)), "Content-Type": content_type}
    typer.echo(f"POST {url} (event {shown(identity)})")
    answer = _answer(target, body, signed)
    typer.echo(f"{answer.status} {shown(answer.reason)}".rstrip())
    if answer.body:
        typer.echo(shown(answer.body.decode("utf-8", "replace")))
    raise typer.Exit(0 if 200 <= answer.status <= 299 else 1)


@dataclass(frozen=True, slots=True)
class HmacHeader:
    """Where a plain HMAC stands."""

    name: str | None
    prefix: str


def _target(url: str) -> SplitResult:
    try:
        target = urlsplit(url)
        is_whole = target.scheme in {"http", "https"} and bool(target.hostname) and target.port != 0
    except ValueError:
        raise _no_url(url) from None
    if not is_whole or not url.isascii() or not url.isprintable() or " " in url:
        raise _no_url(url)
    if "@" in target.netloc:
        raise ConfigurationError("a webhook's URL holds no user and password; remove them")
    return target


def _no_url(url: str) -> ConfigurationError:
    return ConfigurationError(f"{url!r} is no URL of a webhook; write it like http://127.0.0.1:8000/webhooks/stripe")


def _secret(variable: str, environ: Mapping[str, str]) -> str:
    # As apps write it that rotate theirs: the first signs, all verify.
    secret = environ.get(variable, "").partition(",")[0].strip()
    if not secret:
        raise ConfigurationError(f"the variable {variable} holds no secret; set it to the one that the app verifies with")
    return secret


def _body(event: str | None, identity: str) -> bytes:
    if event is None:
        return dumps({"id": identity, "type": "test"})
    if event == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(event).read_bytes()
    except OSError as error:
        raise ConfigurationError(f"the event {event} cannot be read: {error.strerror}") from None


def _signed(provider: Provider, secret: str, body: bytes, identity: str, hmac: HmacHeader) -> Mapping[str, str]:
    """Give the headers that a provider sends with a body."""
    match provider:
        case Provider.STRIPE:
            return Stripe(secret=secret).sign(body, time.time())
        case Provider.SLACK:
            return Slack(secret=secret).sign(body, time.time())
        case Provider.STANDARD:
            return StandardWebhooks(secret=secret).sign(body, time.time(), identity)
        case Provider.GITHUB:
            return {**GitHub(secret=secret).sign(body), "X-GitHub-Event": "ping", "X-GitHub-Delivery": identity}
        case Provider.HMAC:
            if hmac.name is None:
                raise ConfigurationError("--provider hmac needs the name of the header: --header x-signature")
            return {hmac.name: HmacSha256(header=hmac.name, secret=secret, prefix=hmac.prefix).sign(body)}


def _answer(target: SplitResult, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Send one request; a redirect is an answer like any other, because senders of webhooks follow none."""
    kind = HTTPSConnection if target.scheme == "https" else HTTPConnection
    connection = kind(target.hostname or "", target.port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("POST", _path(target), body, {**headers, "User-Agent": "twofold webhook send"})
        response = connection.getresponse()
        return Answer(response.status, response.reason, response.read(MAX_ANSWER_BYTES))
    except ValueError as error:
        raise ConfigurationError(f"the request cannot be sent: {error}") from None
    except (OSError, HTTPException) as error:
        typer.echo(f"twofold: {target.netloc} does not answer: {error}", err=True)
        raise typer.Exit(1) from None
    finally:
        connection.close()


def _path(target: SplitResult) -> str:
    return (target.path or "/") + (f"?{target.query}" if target.query else "")


def shown(text: str) -> str:
    """Give a text without what would steer the terminal."""
    return "".join(one if one.isprintable() or one in "\n\t" else f"\\x{ord(one):02x}" for one in text)
