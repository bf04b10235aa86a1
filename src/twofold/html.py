"""What a component gives, as HTML: escaped unless it says otherwise through `__html__`."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from markupsafe import Markup, escape

from twofold.errors import ConfigurationError


def html_of(value: object, owner: str) -> Markup:
    """Give the HTML of what a page, a layout or an error page returned.

    Args:
        value: anything with `__html__` as it is; text and numbers escaped; None as nothing; several of them joined.
        owner: the function that returned it, for the message.

    Raises:
        ConfigurationError: for what has no HTML, such as a forgotten `await`.
    """
    if value is None:
        return Markup("")
    if hasattr(value, "__html__") or isinstance(value, (str, int, float, Decimal)):
        return escape(value)
    if isinstance(value, Iterable) and not isinstance(value, (bytes, bytearray, dict)):
        return Markup("").join(html_of(one, owner) for one in value)
    raise ConfigurationError(
        f"{owner} returned {type(value).__name__}, which has no HTML: return anything with __html__, text, or a list of them"
    )
