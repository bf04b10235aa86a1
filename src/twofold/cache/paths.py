"""Page paths as `revalidate_path` and the rendering page spell them."""

from __future__ import annotations

from urllib.parse import unquote

from twofold.errors import ConfigurationError

MAX_PATH_CHARACTERS = 1024


def page_path(path: str) -> str:
    """Give the one spelling of a decoded path: without the trailing slash."""
    return path.rstrip("/") or "/"


def revalidated_paths(path: str) -> tuple[str, ...]:
    """Give the paths that one call of `revalidate_path` means.

    The path counts both as a URL, percent-decoded once, and as it was written: `f"/products/{sku}"` made from a raw
    value that holds a percent sign must not miss its page. One path too many only costs a computation.

    Raises:
        ConfigurationError: for anything but an absolute path without query, fragment and host.
    """
    if not isinstance(path, str) or not path.startswith("/") or path.startswith("//") or "?" in path or "#" in path:
        raise ConfigurationError(
            f'revalidate_path() takes the path of a page, such as "/products/A-1", not {path!r}: '
            "leave out the scheme, the host, the query and the fragment"
        )
    if len(path) > MAX_PATH_CHARACTERS:
        raise ConfigurationError(f"revalidate_path() takes at most {MAX_PATH_CHARACTERS} characters, not {len(path)}")
    return tuple(dict.fromkeys((page_path(unquote(path)), page_path(path))))
