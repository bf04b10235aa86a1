"""Page paths."""

from __future__ import annotations

from typing import Any

import pytest

from twofold.cache.paths import page_path, revalidated_paths
from twofold.errors import ConfigurationError


@pytest.mark.parametrize(
    ("rendered", "revalidated"),
    [
        ("/", "/"),
        ("/products", "/products"),
        ("/products", "/products/"),
        ("/products/", "/products"),
        ("/products/A 1", "/products/A%201"),
        ("/products/A 1", "/products/A 1"),
        ("/größe", "/gr%C3%B6%C3%9Fe"),
        ("/größe", "/größe"),
        ("/a%20b", "/a%2520b"),
        ("/50%41", "/50%41"),
        ("/50% off", "/50% off"),
        ("/a?b", "/a%3Fb"),
        ("/a/b", "/a%2Fb"),
    ],
)
def test_revalidating_a_path_means_the_page_that_renders_there(rendered: str, revalidated: str) -> None:
    assert page_path(rendered) in revalidated_paths(revalidated)


@pytest.mark.parametrize(
    ("rendered", "revalidated"), [("/products", "/product"), ("/a b", "/a%2520b"), ("/A", "/a"), ("/", "/index")]
)
def test_other_pages_are_not_meant(rendered: str, revalidated: str) -> None:
    assert page_path(rendered) not in revalidated_paths(revalidated)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "products",
        "?x=1",
        "/a?x=1",
        "/a#top",
        "//evil.example/a",
        "https://shop.example/a",
        "./a",
        None,
        b"/a",
        "/" + "x" * 1024,
    ],
)
def test_what_is_not_a_path_is_refused(path: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"revalidate_path\(\) takes"):
        revalidated_paths(path)
