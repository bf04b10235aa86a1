"""The page that `twofold dev` shows for an unexpected exception. It holds everything it needs and runs no script."""

from __future__ import annotations

import hashlib
import traceback
from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from markupsafe import Markup
from starlette.types import Scope

from twofold.cli.faults import Fault, Frame, faults_of

STYLE = (files("twofold.cli") / "error_page.css").read_text(encoding="utf-8")
_STYLE_HASH = b64encode(hashlib.sha256(STYLE.encode()).digest()).decode("ascii")
POLICY = f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""The page's own Content-Security-Policy: its one style sheet, and nothing else."""

MASKED = "••••••"
_SECRET_WORDS = ("auth", "cookie", "credential", "csrf", "key", "password", "secret", "session", "signature", "token")

_PAGE = Markup("""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>{title}</title><style>{style}</style></head>
<body><header><p class="request">{request}</p>{heading}{digest}</header>
<main>{faults}</main>
<section aria-labelledby="request"><h2 id="request">Request</h2><table>{headers}</table></section>
<section aria-labelledby="text"><h2 id="text">As text</h2>
<details><summary>Traceback</summary><pre>{text}</pre></details></section>
<footer>Shown because TWOFOLD_ENV=development. In production visitors see your error page and the digest.</footer>
</body></html>
""")


@dataclass(frozen=True, slots=True)
class Asked:
    """The request that failed, as it may be shown: without what lets anyone in.

    Args:
        headers: names and values; the values of secrets masked.
    """

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, scope: Scope) -> Asked:
        """Read it from a connection."""
        raw: bytes = scope.get("raw_path") or scope["path"].encode()
        query: bytes = scope.get("query_string", b"")
        target = (raw.partition(b"?")[0] + (b"?" + query if query else b"")).decode("latin-1")
        headers = ((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])
        return cls(scope.get("method", "WEBSOCKET"), target, tuple((name, masked_value(name, value)) for name, value in headers))


def masked_value(name: str, value: str) -> str:
    """Give a header's value, unless its name says that it is a secret."""
    return MASKED if any(word in name.lower() for word in _SECRET_WORDS) else value


def render(error: BaseException, asked: Asked, *, digest: str | None = None, title: str = "", root: Path | None = None) -> str:
    """Give the page.

    Args:
        digest: under which the log holds the exception.
        title: above the exception.
        root: the project; the working directory when left out.
    """
    faults = faults_of(error, root or Path.cwd())
    return _PAGE.format(
        title=f"{faults[0].kind}: {faults[0].message}"[:200],
        style=Markup(STYLE),  # noqa: S704  a file of ours
        request=f"{asked.method} {asked.target}",
        heading=Markup('<p class="what">{}</p>').format(title) if title else "",
        digest=Markup("<p>Digest <code>{}</code>, also in the log</p>").format(digest) if digest else "",
        faults=_joined(map(_fault, faults)),
        headers=_joined(Markup("<tr><th scope=row>{}</th><td>{}</td></tr>").format(*one) for one in asked.headers),
        text="".join(traceback.format_exception(error)),
    )


def _fault(fault: Fault) -> Markup:
    tag = "h2" if fault.relation else "h1"
    return Markup(
        "<article>{relation}<{tag}><code>{kind}</code></{tag}><pre class=message>{message}</pre>{frames}{foreign}</article>"
    ).format(
        relation=Markup("<p class=relation>{}</p>").format(fault.relation) if fault.relation else "",
        tag=Markup(tag),  # noqa: S704  one of two
        kind=fault.kind,
        message="\n".join([fault.message, *fault.notes]),
        frames=_joined(map(_own_frame, fault.own)),
        foreign=_foreign(fault.foreign),
    )


def _own_frame(frame: Frame) -> Markup:
    return Markup("<figure><figcaption>{}</figcaption><pre class=source>{}</pre></figure>").format(_place(frame), _source(frame))


def _foreign(frames: Sequence[Frame]) -> Markup:
    if not frames:
        return Markup("")
    shown = _joined(Markup("<li>{}</li>").format(_place(frame)) for frame in frames)
    what = "1 frame" if len(frames) == 1 else f"{len(frames)} frames"
    return Markup("<details><summary>{} of libraries</summary><ol>{}</ol></details>").format(what, shown)


def _place(frame: Frame) -> Markup:
    where = Markup("<code>{}:{}</code>").format(frame.file, frame.line)
    return where + Markup(" in <code>{}</code>").format(frame.function) if frame.function else where


def _source(frame: Frame) -> Markup:
    line, current = Markup("<span><b>{}</b>{}\n</span>"), Markup("<mark><b>{}</b>{}\n</mark>")
    return _joined((current if one.is_current else line).format(one.number, one.text) for one in frame.source)


def _joined(parts: Iterable[Markup]) -> Markup:
    return Markup("").join(parts)
