"""One request and its answer on the wire: a head that says how long the content is leaves with it, in one write.

uvicorn writes the head when the app starts its answer, and the content after it: two calls of the operating system, and two
packets, for what nearly always is one. ASGI wants heads held back until there is content (HTTP specification, "Response
Start"), so they can be.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

_NAME: Final = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
"""Source: RFC 9110 section 5.6.2."""

_CONTROLS: Final = bytes({*range(0x20), 0x7F} - {0x09})
"""No part of a value. Source: RFC 9110 section 5.5."""

_END: Final = b"\r\n"
_FRAMING: Final = frozenset({b"content-length: ", b"transfer-encoding: ", b"connection: "})
_CONTENTLESS: Final = frozenset({204, 304})


class Exchange(RequestResponseCycle):
    """What uvicorn makes of a request, with a quicker way back."""

    _head = b""
    _says_close = False

    async def send(self, message: Any) -> None:
        """Send what the app says. Source: ASGI HTTP specification.

        Raises:
            RuntimeError: it may not say that here.
        """
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.disconnected:
            return
        expected = "http.response.body" if self.response_started else "http.response.start"
        if self.response_complete or message["type"] != expected:
            raise RuntimeError(f"{message['type']} came where {'nothing' if self.response_complete else expected} may come")
        if self.response_started:
            self._send_content(message.get("body", b""), is_last=not message.get("more_body", False))
        else:
            self.response_started, self.waiting_for_100_continue = True, False
            self._head = self._written(message["status"], message.get("headers", ()))
            if self.chunked_encoding:  # a stream may take its time, and its reader may want to know that it has begun
                self.transport.write(self._head)
                self._head = b""

    def _send_content(self, content: bytes, *, is_last: bool) -> None:
        framed = self._framed(content, is_last=is_last)
        self.transport.write(b"".join([self._head, framed]) if self._head else framed)
        self._head = b""
        if is_last:
            if self.expected_content_length:
                raise RuntimeError("the content is shorter than its Content-Length")
            self.response_complete = True
            self.message_event.set()
            if not self.keep_alive:
                self.transport.close()
            self.on_response()

    def _framed(self, content: bytes, *, is_last: bool) -> bytes:
        if self.scope["method"] == "HEAD":
            self.expected_content_length = 0
            return b""
        if self.chunked_encoding:
            chunk = b"%x\r\n%b\r\n" % (len(content), content) if content else b""
            return chunk + b"0\r\n\r\n" if is_last else chunk
        self.expected_content_length -= len(content)
        if self.expected_content_length < 0:
            raise RuntimeError("the content is longer than its Content-Length")
        return content

    def _written(self, status: int, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
        """Write the head, and note what it says about the content."""
        parts = [STATUS_LINE[status]]
        for name, value in (*self.default_headers, *headers):
            beginning = _beginning(name)
            parts += (beginning, value, _END)
            if beginning in _FRAMING:
                self._note(beginning, value)
        if not self.keep_alive and not self._says_close:
            parts += (b"connection: ", b"close", _END)
        if self.chunked_encoding is None and self.scope["method"] != "HEAD" and status not in _CONTENTLESS:
            self.chunked_encoding = True
            parts += (b"transfer-encoding: ", b"chunked", _END)
        parts.append(_END)
        head = b"".join(parts)
        # Once over all of it instead of over each value: a control character could begin another header, or another answer.
        lines = len(parts) // 3 + 2
        if len(head) - len(head.translate(None, _CONTROLS)) != lines * len(_END):
            raise RuntimeError("a header's value has a control character")
        return head

    def _note(self, beginning: bytes, value: bytes) -> None:
        if beginning == b"content-length: " and self.chunked_encoding is None:
            self.expected_content_length, self.chunked_encoding = int(value), False
        elif beginning == b"transfer-encoding: " and value.lower() == b"chunked":
            self.expected_content_length, self.chunked_encoding = 0, True
        elif beginning == b"connection: " and b"close" in [token.strip() for token in value.lower().split(b",")]:
            self.keep_alive, self._says_close = False, True


@lru_cache(maxsize=1_024)
def _beginning(name: bytes) -> bytes:
    """Give what stands before the value of a header.

    Raises:
        RuntimeError: this is no name.
    """
    if not _NAME.fullmatch(name):
        raise RuntimeError(f"{name!r} is no name of a header")
    return name.lower() + b": "
