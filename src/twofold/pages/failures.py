"""Failures as pages: the nearest `not_found.py` or `error.py`, or a plain page of our own."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape
from starlette.responses import Response

from twofold.answering import raised
from twofold.call import Call
from twofold.errors import Failure, NotFound, Redirect
from twofold.media import HTML, preferred
from twofold.pages.page import Chain, ErrorPage
from twofold.responses import PAGE_OFFERS, Prepared, as_failure, failure_headers, failure_response, redirection

_PLAIN = Markup(
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    "<title>{title}</title></head><body><main><h1>{title}</h1>{rest}</main></body></html>"
)


async def show_failure(failure: Failure, call: Call, chain: Chain) -> Response:
    """Answer with a failure where a page was asked for.

    Args:
        chain: of the folder that failed; without any, the plain page.
    """
    media = preferred(call.header(b"accept"), PAGE_OFFERS)
    if media != HTML:
        return failure_response(failure, call, media)
    shown = call.setup.development_page
    if shown is not None and failure.status >= 500 and failure.__cause__ is not None:
        return _html(Markup(shown(call, failure)), failure)  # noqa: S704 - our own development page
    pages = (*chain.not_found, *chain.errors) if isinstance(failure, NotFound) else chain.errors
    return await _shown(pages, failure, call)


async def _shown(pages: Sequence[ErrorPage], failure: Failure, call: Call) -> Response:
    """Show the nearest error page in its layouts; where it fails itself, the next one, so that the first failure is told."""
    for page in pages:
        try:
            response = await page.respond(call, failure)
        except BaseException as error:  # noqa: BLE001 - `raised` lets through what is no failure
            found = raised(error)
            if isinstance(found, Redirect):
                return redirection(found)
            as_failure(found, call)
        else:
            response.raw_headers = [one for one in response.raw_headers if one[0] != b"cache-control"] + failure_headers(failure)
            return response
    return _html(_plain(failure), failure)


def _html(html: Markup, failure: Failure) -> Response:
    return Prepared(html.encode(), failure.status, HTML, failure_headers(failure))


def _plain(failure: Failure) -> Markup:
    rest = Markup("<p>Reference: <code>{}</code></p>").format(failure.digest) if failure.digest else Markup("")
    if failure.fields:
        items = (f"{path}: {message}" if path else message for path, messages in failure.fields.items() for message in messages)
        rest += Markup("<ul>") + Markup("").join(Markup("<li>{}</li>").format(item) for item in items) + Markup("</ul>")
    return _PLAIN.format(title=escape(failure.message), rest=rest)
