"""What a form of any HTML holds and sends: as browsers do it."""

from __future__ import annotations

import enum
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twofold.testing import Page
from twofold.testing.encoding import File, encoded
from twofold.testing.html import parse


def page_of(html: str) -> Page:
    request = httpx2.Request("GET", "https://shop.example/products?sort=a")
    return Page(httpx2.Response(200, html=html, request=request))


def sent(html: str, **values: Any) -> list[tuple[str, object]]:
    return [*page_of(f"<form>{html}</form>").form().entries(values)]


AS_SHOWN = [
    ("<input name=a value=1>", [("a", "1")]),
    ("<input name=a>", [("a", "")]),
    ("<input value=1>", []),
    ("<input name=a value=1 disabled>", []),
    ("<fieldset disabled><input name=a></fieldset>", []),
    ("<input type=checkbox name=a>", []),
    ("<input type=checkbox name=a checked>", [("a", "on")]),
    ("<input type=checkbox name=a value=x checked><input type=checkbox name=a value=y>", [("a", "x")]),
    ("<input type=radio name=a value=x><input type=radio name=a value=y checked>", [("a", "y")]),
    ("<select name=a><option>x<option>y</select>", [("a", "x")]),
    ("<select name=a><option value=1>x</option><option value=2 selected>y</option></select>", [("a", "2")]),
    ("<select name=a><option value='' disabled selected>choose<option>x</select>", []),
    ("<select name=a><optgroup label=g><option disabled>x<option>y</optgroup></select>", [("a", "y")]),
    ("<select name=a multiple><option>x<option selected>y<option selected>z</select>", [("a", "y"), ("a", "z")]),
    ("<select name=a multiple><option>x</select>", []),
    ("<select name=a></select>", []),
    ("<textarea name=a>\n one\n two</textarea>", [("a", " one\n two")]),
    ("<textarea name=a>&lt;b&gt;</textarea>", [("a", "<b>")]),
    ("<input type=file name=a>", [("a", File())]),
    ("<input name=b><button name=go value=1>Go</button>", [("b", ""), ("go", "1")]),
    ("<button>First</button><button name=go value=1>Go</button>", []),
    ("<button type=button name=no>x</button><input type=reset name=no><input type=submit name=go value=1>", [("go", "1")]),
    ("<input name=a value='&quot;&amp;'>", [("a", '"&')]),
    ("<p>open<input name=a><ul><li>one<li><input name=b></ul>", [("a", ""), ("b", "")]),
    ("<table><tr><td><input name=a><td><input name=b></table>", [("a", ""), ("b", "")]),
]


@pytest.mark.parametrize(("html", "entries"), AS_SHOWN)
def test_a_form_sends_what_it_shows(html: str, entries: list[object]) -> None:
    assert sent(html) == entries


class Colour(enum.Enum):
    RED = "red"


FILLED = [
    ("<input name=a value=1>", 2, ["2"]),
    ("<input name=a>", Decimal("1.50"), ["1.50"]),
    ("<input name=a>", date(2030, 1, 2), ["2030-01-02"]),
    ("<input name=a>", datetime(2030, 1, 2, tzinfo=UTC), ["2030-01-02T00:00:00+00:00"]),
    ("<input name=a>", Colour.RED, ["red"]),
    ("<input name=a>", True, ["true"]),
    ("<input name=a>", False, ["false"]),
    ("<input name=a value=1>", None, [""]),
    ("<input name=a value=1><input name=a value=2>", ["x", "y", "z"], ["x", "y", "z"]),
    ("<input type=checkbox name=a value=yes>", True, ["yes"]),
    ("<input type=checkbox name=a checked>", False, []),
    ("<input type=checkbox name=a value=x><input type=checkbox name=a value=y checked>", ["x", "y"], ["x", "y"]),
    ("<input type=radio name=a value=x><input type=radio name=a value=y checked>", "x", ["x"]),
    ("<select name=a><option>x<option>y</select>", "y", ["y"]),
    ("<select name=a multiple><option>x<option>y</select>", ["x", "y"], ["x", "y"]),
    ("<select name=a multiple><option selected>x</select>", None, []),
    ("<input type=hidden name=a value=1>", "tampered", ["tampered"]),
    ("<input type=file name=a>", ("n.png", b"1"), [File("n.png", b"1")]),
    (
        "<input type=file name=a multiple>",
        [("n", b"1"), ("m", b"2", "text/plain")],
        [File("n", b"1"), File("m", b"2", "text/plain")],
    ),
    ("<input type=file name=a>", None, [File()]),
    ("<button>Default</button><button name=a value=x>X</button><button name=a value=y>Y</button>", "y", ["y"]),
]


@pytest.mark.parametrize(("html", "value", "expected"), FILLED)
def test_a_field_sends_what_is_filled_in(html: str, value: object, expected: list[object]) -> None:
    assert sent(f"<input name=before>{html}", a=value) == [("before", ""), *(("a", one) for one in expected)]


@pytest.mark.parametrize(
    "html",
    [
        "<select name=a><option>x</select>",
        "<input type=radio name=a value=x>",
        "<button name=a value=x>",
        "<input type=checkbox name=a value=x>",
    ],
)
def test_what_cannot_be_chosen_is_refused(html: str) -> None:
    with pytest.raises(LookupError, match="the field 'a' has no option 'z'; it has x"):
        sent(html, a="z")


def test_a_control_elsewhere_belongs_to_the_form_that_it_names() -> None:
    page = page_of("<form id=f><input name=a><input name=other form=g></form><input name=b form=f><form id=g></form>")
    assert [*page.form(within="f").fields] == ["a", "b"]
    assert [*page.form(within="g").fields] == ["other"]


def test_errors_are_the_texts_that_describe_an_invalid_field() -> None:
    page = page_of(
        "<form><input name=a aria-invalid=true aria-describedby='e1 e2'><input name=b aria-describedby=e1><input name=c"
        " aria-invalid=true></form><p id=e1>Too <b>small</b></p><ul id=e2><li>Odd</li><li>Old</li></ul>"
    )
    form = page.form()
    assert form["a"].errors == ("Too small", "Odd Old")
    assert (form["b"].errors, form["b"].is_invalid) == ((), False)
    assert (form["c"].errors, form["c"].is_invalid) == ((), True)


URLS = [
    ("", "https://shop.example/products?sort=a"),
    ("?/app.actions.reserve", "https://shop.example/products?/app.actions.reserve"),
    ("/cart", "https://shop.example/cart"),
    ("https://pay.example/", "https://pay.example/"),
]


@pytest.mark.parametrize(("action", "url"), URLS)
def test_a_forms_action_is_resolved_as_a_link_is(action: str, url: str) -> None:
    assert page_of(f'<form action="{action}"></form>').form().url == url


def test_text_is_what_a_reader_sees() -> None:
    page = page_of("<div id=d>  a<b>b</b>\n c<p>d</p>e<br>f &amp; g</div>")
    assert page.text_of("d") == "ab c d e f & g"


def test_alerts_and_title_of_a_page() -> None:
    page = page_of("<title>Shop &amp; more</title><p role=alert>One</p><div role=alert><p>Two</p></div>")
    assert (page.title, page.alerts) == ("Shop & more", ("One", "Two"))


def test_urlencoded_bodies_are_those_of_browsers() -> None:
    entries = [("a b", "ü&="), ("lines", "1\n2\r3\r\n4"), ("file", File("n.png", b"x"))]
    content_type, body = encoded(entries, "application/x-www-form-urlencoded")
    assert content_type == "application/x-www-form-urlencoded"
    assert body == b"a+b=%C3%BC%26%3D&lines=1%0D%0A2%0D%0A3%0D%0A4&file=n.png"


def test_multipart_bodies_are_those_of_browsers() -> None:
    content_type, body = encoded(
        [('n"\n', "1\n2"), ("f", File('a"b.png', b"\r\n--", "image/png")), ("g", File())], "multipart/form-data"
    )
    boundary = content_type.removeprefix("multipart/form-data; boundary=")
    assert re.fullmatch(r"-{4}twofold[0-9a-f]{32}", boundary)
    assert body.decode().split(f"--{boundary}") == [
        "",
        '\r\nContent-Disposition: form-data; name="n%22%0D%0A"\r\n\r\n1\r\n2\r\n',
        '\r\nContent-Disposition: form-data; name="f"; filename="a%22b.png"\r\nContent-Type: image/png\r\n\r\n\r\n--\r\n',
        '\r\nContent-Disposition: form-data; name="g"; filename=""\r\nContent-Type: application/octet-stream\r\n\r\n\r\n',
        "--\r\n",
    ]


@given(st.text(alphabet="<>/&=\"' abinputformselectoption-!\n", max_size=200))
def test_there_is_no_html_that_cannot_be_read(html: str) -> None:
    parse(html)
    for form in page_of(html).forms:
        form.entries()
