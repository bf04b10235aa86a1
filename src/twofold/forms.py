"""Reading a form out of a request."""

from __future__ import annotations

from twofold.boundary import FormInput, parse_multipart, parse_urlencoded
from twofold.boundary.forms import FormLimits
from twofold.call import Call
from twofold.media import MULTIPART


async def read_form(call: Call, limit_bytes: int | None = None) -> FormInput:
    """Read an urlencoded or multipart body, once; uploads are spooled to disk.

    Raises:
        TooLarge: the body, or the number of its parts, exceeds its limit.
        ValidationFailed: the body is not what its content type says.
    """
    if call.form is None:
        limit = call.setup.settings.max_body_bytes if limit_bytes is None else limit_bytes
        limits = FormLimits(body_bytes=limit)
        content_type = call.header(b"content-type") or ""
        if call.media_type == MULTIPART:
            call.form = await parse_multipart(content_type, call.stream(limit), limits)
        else:
            call.form = parse_urlencoded(await call.body(limit), limits, content_type=content_type)
    return call.form
