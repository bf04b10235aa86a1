"""The one element of a region, and where its descriptor is put."""

from __future__ import annotations

import pytest
from markupsafe import Markup

from twofold import ConfigurationError
from twofold.regions.element import check_single, described, kept

PLACED = [
    ("<p>a</p>", '<p data-tf-region="d">a</p>'),
    ('<p class="a>b">c</p>', '<p data-tf-region="d" class="a>b">c</p>'),
    ("<p title='>' hidden>c</p>", "<p data-tf-region=\"d\" title='>' hidden>c</p>"),
    ("\n  <p>a</p>\n", '\n  <p data-tf-region="d">a</p>\n'),
    ("<P>a</P>", '<P data-tf-region="d">a</P>'),
    ("<p\n>a</p>", '<p data-tf-region="d"\n>a</p>'),
    ("<my-part>a</my-part>", '<my-part data-tf-region="d">a</my-part>'),
    ("<input>", '<input data-tf-region="d">'),
    ('<img src="a">\n', '<img data-tf-region="d" src="a">\n'),
    ("<br/>", '<br data-tf-region="d"/>'),
    ("<div><div>a</div><div>b</div></div>", '<div data-tf-region="d"><div>a</div><div>b</div></div>'),
]


@pytest.mark.parametrize(("html", "placed"), PLACED)
def test_the_descriptor_stands_right_behind_the_name_of_the_element(html: str, placed: str) -> None:
    check_single(html, "part")
    assert described(Markup(html), "d", "part") == placed


REFUSED_ALWAYS = [
    "",
    "   ",
    "text",
    "text <p>a</p>",
    "<p>a</p> text",
    "<!-- note --><p>a</p>",
    "<p>a</p><b>c</b>",
    "<p>a",
    "</p>",
    "<p>a</p",
    "<div/>",
    "< p>a</p>",
    "&lt;p&gt;a&lt;/p&gt;",
]


@pytest.mark.parametrize("html", REFUSED_ALWAYS)
def test_what_cannot_be_found_again_as_one_element_is_refused_in_production_too(html: str) -> None:
    with pytest.raises(ConfigurationError, match=r"the region part has to give one element, .*: wrap it in a <div>"):
        described(Markup(html), "d", "part")


REFUSED_IN_DEVELOPMENT = [
    "<p>a</p><p>b</p>",
    "<p>a</p>text<p>b</p>",
    "<br>text",
    "<br><br>",
    "<img/><img/>",
    "",
    "text",
    "text<p>a</p>",
    "<p>a</p>text",
]


@pytest.mark.parametrize("html", REFUSED_IN_DEVELOPMENT)
def test_a_second_one_is_found_in_development(html: str) -> None:
    with pytest.raises(ConfigurationError, match="the region part has to give one element"):
        check_single(html, "part")


@pytest.mark.parametrize(
    "html",
    [
        "<ul><li>a<li>b</ul>",
        "<div><!-- <p> --><br>text<img></div>",
        "<div><script>if (a < b) x('</p>')</script></div>",
        "<div><svg><path d=''/></svg></div>",
    ],
)
def test_whatever_is_inside_the_one_is_its_own_affair(html: str) -> None:
    check_single(html, "part")


def test_a_kept_region_is_an_empty_template_that_names_it() -> None:
    assert kept("a-key") == '<template data-tf-keep="a-key"></template>'
    assert '"><script>' not in kept('"><script>')
