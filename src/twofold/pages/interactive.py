"""What a page with forms or regions carries for the browser runtime; every other page carries none of it."""

from __future__ import annotations

from urllib.parse import quote

from markupsafe import Markup

from twofold.boundary import dumps
from twofold.browser import CORE_URL
from twofold.call import Call
from twofold.live import LIVE_PATH
from twofold.tracing import Trace

_META, _SCRIPT = Markup('<meta name="twofold" content="'), Markup('"><script type="module" src="')
_OPTIONS, _END = Markup('" data-twofold'), Markup("></script>")
_LIVE, _QUOTE = Markup(' data-live="'), Markup('"')


def interactive(html: Markup, call: Call, descriptor: str) -> Markup:
    """Put the page's own descriptor and the runtime into its head."""
    root = quote(call.scope.get("root_path", "").rstrip("/"))
    tags = _META + descriptor + _SCRIPT + (root + CORE_URL) + _OPTIONS + _options(call, root) + _END
    at = _place(html)
    return Markup(html[:at] + tags + html[at:])  # noqa: S704 - both parts are HTML


def _options(call: Call, root: str) -> Markup:
    live = _LIVE + (root + LIVE_PATH.decode()) + _QUOTE if call.setup.settings.live else Markup("")
    return live if call.trace is None else live + Markup(' data-panel="{}"').format(_rendered(call.trace, call))


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
