"""What a page with forms or regions carries for the browser runtime; every other page carries none of it."""

from __future__ import annotations

from urllib.parse import quote

from markupsafe import Markup, escape

from twofold.boundary import dumps
from twofold.browser import CORE_URL
from twofold.call import Call
from twofold.live import LIVE_PATH
from twofold.tracing import Trace

_LIVE_PATH = LIVE_PATH.decode()


def interactive(html: Markup, call: Call, descriptor: str) -> Markup:
    """Put the page's own descriptor and the runtime into its head."""
    root = quote(call.scope.get("root_path", "").rstrip("/"))
    script = f'<script type="module" src="{root}{CORE_URL}" data-twofold{_options(call, root)}></script>'
    tags = f'<meta name="twofold" content="{descriptor}">{script}'
    text, at = str(html), _place(html)
    return Markup(text[:at] + tags + text[at:])  # noqa: S704 - all parts are HTML: a descriptor and a quoted path need no escape


def _options(call: Call, root: str) -> str:
    live = f' data-live="{root}{_LIVE_PATH}"' if call.setup.settings.live else ""
    return live if call.trace is None else f'{live} data-panel="{escape(_rendered(call.trace, call))}"'


def _rendered(trace: Trace, call: Call) -> str:
    """Give the trace of a page that was asked for; every other answer has it in a frame."""
    return dumps(trace.tell({}, otherwise="the page was asked for")).decode() if call.method == "GET" else ""


def _place(html: str) -> int:
    """Give where the head ends; in a document without one, the body; otherwise the end."""
    for tag in ("</head>", "</body>"):
        at = html.find(tag)
        if at >= 0:
            return at
    return len(html)
