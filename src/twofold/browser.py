"""The browser runtime as pages load it: ES modules under a path that their content names, so that browsers keep them for good."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from starlette.responses import Response

from twofold.media import preferred

FOLDER = "/_twofold/runtime"
DRAFTS = "/_twofold/drafts.js"
"""The one module with a fixed path, for scripts that no page of this build has rendered: the typed client."""

BUILT = Path(__file__).parent / "runtime" / "dist"
"""What `make runtime` builds; a checkout before its first build serves no runtime, and its pages work without."""

Headers = tuple[tuple[bytes, bytes], ...]

_HEADERS: Headers = ((b"content-type", b"text/javascript; charset=utf-8"), (b"vary", b"accept-encoding"))
_FOR_GOOD = (b"cache-control", b"public, max-age=31536000, immutable")
"""Safe because other content has another path."""

_ASKED_FOR = (b"cache-control", b"no-cache")
_CODINGS = ("identity", "gzip")


@dataclass(frozen=True, slots=True)
class Representation:
    """One file in one content coding, ready to be sent."""

    body: bytes
    headers: Headers


class Sent(Response):
    """A representation on its way: the headers are a list of its own, because the app adds to it."""

    def __init__(self, ready: Representation) -> None:
        self.status_code = 200
        self.background = None
        self.body = ready.body
        self.raw_headers = list(ready.headers)


class Runtime:
    """The built modules of a folder, read and compressed once.

    Args:
        modules: bytes by file name.
    """

    def __init__(self, modules: dict[str, bytes]) -> None:
        self.folder = f"{FOLDER}/{content_hash(modules)}"
        self._ready = {
            (f"{self.folder}/{name}".encode(), coding): ready
            for name, content in modules.items()
            for coding, ready in _representations(content, _FOR_GOOD)
        }
        for coding, ready in _representations(modules.get("drafts.js", b""), _ASKED_FOR):
            self._ready[DRAFTS.encode(), coding] = ready

    @classmethod
    def load(cls, folder: Path) -> Runtime:
        """Read the modules that a folder has; a folder that is not there has none."""
        return cls({file.name: file.read_bytes() for file in sorted(folder.glob("*.js"))})

    def url(self, root_path: str = "", name: str = "core.js") -> str:
        """Give the URL of a module.

        Args:
            root_path: where the app is mounted, as ASGI says it: decoded.
        """
        return f"{quote(root_path.rstrip('/'))}{self.folder}/{name}"

    def response(self, path: bytes, accept_encoding: str | None) -> Response | None:
        """Answer a GET or HEAD; None for another build's hash and for a name that is no module.

        Args:
            path: without the mount prefix and the query, still percent-encoded.

        Source: RFC 9110 section 12.5.3.
        """
        # `gzip;q=0` refuses it, and a client that says nothing gets what everyone can read.
        ready = self._ready.get((path, preferred(accept_encoding, _CODINGS)))
        return None if ready is None else Sent(ready)


def content_hash(modules: dict[str, bytes]) -> str:
    """Give one name for all modules together: they import each other, so a page never mixes two builds."""
    digest = hashlib.sha256()
    for name, content in sorted(modules.items()):
        digest.update(b"%s %d\n" % (name.encode(), len(content)))  # with its length, no content reads as another's name
        digest.update(content)
    return digest.hexdigest()[:16]


def _representations(content: bytes, caching: tuple[bytes, bytes]) -> Iterator[tuple[str, Representation]]:
    yield "identity", _representation(content, caching)
    yield "gzip", _representation(gzip.compress(content, mtime=0), caching, (b"content-encoding", b"gzip"))


def _representation(body: bytes, *extra: tuple[bytes, bytes]) -> Representation:
    return Representation(body, (*_HEADERS, *extra, (b"content-length", b"%d" % len(body))))


RUNTIME = Runtime.load(BUILT)
CORE_URL = RUNTIME.url()
"""The one script of a page; it loads the others. `runtime_url` says it for an app that is mounted somewhere."""

runtime_url = RUNTIME.url
runtime_response = RUNTIME.response
