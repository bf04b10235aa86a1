"""Parameters that are text on the wire: path, query, header, cookie."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from annotated_types import Ge, Le, MaxLen
from pydantic import JsonValue

from support.asgi import exchange, get, visitor
from twofold import App, Cookie, Header, Request, Settings, cookies, headers

app = App(settings=Settings(mode="test"))


class Colour(Enum):
    RED = "red"
    BLUE = "dark-blue"


# Path


@app.get("/str/{x}")
async def by_str(x: str) -> str:
    return x


@app.get("/int/{x}")
async def by_int(x: int) -> int:
    return x


@app.get("/limited/{x}")
async def by_limited(x: Annotated[int, Ge(1), Le(5)]) -> int:
    return x


@app.get("/uuid/{x}")
async def by_uuid(x: UUID) -> UUID:
    return x


@app.get("/enum/{x}")
async def by_enum(x: Colour) -> str:
    return x.name


@app.get("/literal/{x}")
async def by_literal(x: Literal["a", "b", 3]) -> str:
    return repr(x)


@app.get("/date/{x}")
async def by_date(x: date) -> int:
    return x.year


@app.get("/decimal/{x}")
async def by_decimal(x: Decimal) -> Decimal:
    return x * 2


@app.get("/pair/{a}/{b}")
async def by_pair(b: int, a: str) -> str:
    return f"{a!r} {b!r}"


@app.get("/rest/{path...}")
async def by_rest(path: tuple[str, ...]) -> list[str]:
    return list(path)


@app.get("/numbers/{path...}")
async def by_numbers(path: tuple[int, ...]) -> list[int]:
    return list(path)


@app.get("/optional/{path...?}")
async def by_optional(path: tuple[str, ...] = ()) -> list[str]:
    return list(path)


UUID_TEXT = "12345678-1234-5678-1234-567812345678"
NO = None

PATHS = [
    ("/str/a", "a"),
    ("/str/a%20b", "a b"),
    ("/str/a+b", "a+b"),
    ("/str/%C3%A9", "é"),
    ("/str/a%2Fb", "a/b"),
    ("/str/a%252Fb", "a%2Fb"),
    ("/str/__class__", "__class__"),
    ("/str/", NO),
    ("/str/a/b", NO),
    ("/int/5", 5),
    ("/int/-5", -5),
    ("/int/05", 5),
    ("/int/x", NO),
    ("/int/1.0", NO),
    ("/int/1e3", NO),
    ("/int/1_000", NO),
    ("/int/+5", NO),
    ("/int/0x10", NO),
    ("/int/%D9%A3", NO),
    ("/int/" + "9" * 5_000, NO),
    ("/int/9007199254740993", NO),
    ("/int/true", NO),
    ("/int/null", NO),
    ("/limited/1", 1),
    ("/limited/0", NO),
    ("/limited/6", NO),
    (f"/uuid/{UUID_TEXT}", UUID_TEXT),
    (f"/uuid/{UUID_TEXT[:-1]}", NO),
    ("/uuid/x", NO),
    ("/enum/red", "RED"),
    ("/enum/dark-blue", "BLUE"),
    ("/enum/RED", NO),
    ("/enum/Colour.RED", NO),
    ("/literal/a", "'a'"),
    ("/literal/3", "3"),
    ("/literal/c", NO),
    ("/date/2030-12-31", 2030),
    ("/date/2030-13-31", NO),
    ("/date/1924905600", NO),
    ("/decimal/1.50", "3.00"),
    ("/decimal/NaN", NO),
    ("/decimal/Infinity", NO),
    ("/pair/x/1", "'x' 1"),
    ("/pair/1/x", NO),
    ("/rest/a", ["a"]),
    ("/rest/a/b%2Fc/d", ["a", "b/c", "d"]),
    ("/rest", NO),
    ("/numbers/1/2/3", [1, 2, 3]),
    ("/numbers/1/x", NO),
    ("/optional", []),
    ("/optional/a/b", ["a", "b"]),
    # No URL of the app has an empty or a dot segment.
    ("/rest/a//b", NO),
    ("/rest/../int/1", NO),
    ("/rest/%2e%2e/x", NO),
]


@pytest.mark.parametrize(("target", "value"), PATHS, ids=[target[:40] for target, _ in PATHS])
async def test_path_parameter_that_does_not_fit_is_not_found(target: str, value: Any) -> None:
    answer = await exchange(app, "GET", target)
    assert (answer.status, answer.json) == ((404, {"error": "Not found", "code": "NOT_FOUND"}) if value is NO else (200, value))


@pytest.mark.parametrize("target", ["/str/%", "/str/%zz", "/str/%ff", "/str/%00", "/str/a%0Ab", "/str/%C0%AF", "/str/%ED%A0%80"])
async def test_path_that_is_no_text_is_malformed(target: str) -> None:
    answer = await exchange(app, "GET", target)
    assert (answer.status, answer.json["code"]) == (400, "BAD_REQUEST")


async def test_path_too_long_is_told_so() -> None:
    assert (await exchange(app, "GET", "/str/" + "a" * 10_000)).status == 414


async def test_query_cannot_set_a_path_parameter() -> None:
    answer = await exchange(app, "GET", "/str/path?x=query")
    assert answer.json == "path"


# Query


@app.get("/query")
async def query(  # noqa: PLR0917 - one of each kind
    text: str = "none",
    n: int = 3,
    flag: bool = True,
    maybe: int | None = None,
    many: tuple[int, ...] = (),
    colour: Colour = Colour.RED,
    on: date | None = None,
    limited: Annotated[int, Ge(1), Le(100)] = 10,
    price: Decimal = Decimal("1.5"),
    chosen: frozenset[str] = frozenset(),
) -> dict[str, str]:
    found = {k: repr(v) for k, v in locals().items()}
    return {name: text for name, text in found.items() if text != DEFAULTS[name]}


DEFAULTS = {
    "text": "'none'", "n": "3", "flag": "True", "maybe": "None", "many": "()", "colour": repr(Colour.RED), "on": "None",
    "limited": "10", "price": "Decimal('1.5')", "chosen": "frozenset()",
}  # fmt: skip

QUERIES = [
    ("", {}),
    ("text=a", {"text": "'a'"}),
    ("text=", {"text": "''"}),
    ("text", {"text": "''"}),
    ("text=a+b%20c%2B", {"text": "'a b c+'"}),
    ("text=%C3%A9", {"text": "'é'"}),
    ("n=5", {"n": "5"}),
    ("n=%205%20", {"n": "5"}),
    ("flag=false", {"flag": "False"}),
    ("flag=0", {"flag": "False"}),
    ("flag=off", {"flag": "False"}),
    ("flag=no", {"flag": "False"}),
    ("flag=true", {}),
    ("flag=on", {}),
    ("maybe=1", {"maybe": "1"}),
    ("maybe=", {}),
    ("many=1&many=2", {"many": "(1, 2)"}),
    ("many=1", {"many": "(1,)"}),
    ("chosen=a&chosen=a", {"chosen": "frozenset({'a'})"}),
    ("colour=dark-blue", {"colour": repr(Colour.BLUE)}),
    ("on=2030-12-31", {"on": repr(date(2030, 12, 31))}),
    ("limited=100", {"limited": "100"}),
    ("price=0.1", {"price": "Decimal('0.1')"}),
    # Names that nothing asks for are ignored: links carry all sorts of them.
    ("unknown=1&utm_source=x&_tf=x&__proto__=x&text.deep=1", {}),
    ("/app.actions.reserve", {}),
    ("n=", {}),
]


@pytest.mark.parametrize(("text", "expected"), QUERIES, ids=[text for text, _ in QUERIES])
async def test_query_is_read_by_type(text: str, expected: dict[str, str]) -> None:
    answer = await exchange(app, "GET", f"/query?{text}")
    assert (answer.status, answer.json) == (200, expected)


MISFITS = [
    ("n=x", {"n": ["Must be a whole number"]}),
    ("n=1&n=2", {"n": ["Must be a whole number"]}),
    ("n=1.5", {"n": ["Must be a whole number"]}),
    ("flag=maybe", {"flag": ["Must be true or false"]}),
    ("many=1&many=x", {"many.1": ["Must be a whole number"]}),
    ("colour=green", {"colour": ["Must be 'red' or 'dark-blue'"]}),
    ("on=yesterday", {"on": ["Must be a date, like 2030-12-31"]}),
    ("limited=0", {"limited": ["Must be at least 1"]}),
    ("price=NaN", {"price": ["Must be a number"]}),
    ("n=x&limited=101", {"n": ["Must be a whole number"], "limited": ["Must be at most 100"]}),
    ("n=5&unknown=%FF%FE", {"": ["Not a valid form"]}),
    ("n=5&unknown=%zz", {"": ["Not a valid form"]}),
]


@pytest.mark.parametrize(("text", "fields"), MISFITS, ids=[text for text, _ in MISFITS])
async def test_query_that_does_not_fit_is_told_by_name(text: str, fields: dict[str, list[str]]) -> None:
    answer = await exchange(app, "GET", f"/query?{text}")
    assert (answer.status, answer.json["code"], answer.json["fields"]) == (422, "VALIDATION", fields)


@app.get("/required")
async def required(text: str, n: int, flag: bool, many: list[str], maybe: str | None) -> list[JsonValue]:
    raise AssertionError


async def test_missing_query_parameters_are_all_named() -> None:
    answer = await exchange(app, "GET", "/required")
    assert answer.json["fields"] == {"text": ["Required"], "n": ["Required"], "maybe": ["Required"]}


@app.get("/unticked")
async def unticked(flag: bool, many: list[str]) -> list[JsonValue]:
    return [flag, *many]


async def test_flag_without_a_default_is_an_unticked_box() -> None:
    assert (await exchange(app, "GET", "/unticked")).json == [False]


async def test_hostile_query_is_a_clients_fault() -> None:
    for text in ("text=%", "text=%zz", "text=%ff", "text=%00", "&".join(["n=1"] * 5_000), "n=" + "9" * 100_000):
        answer = await exchange(app, "GET", f"/query?{text}")
        assert answer.status in (200, 413, 422), text[:20]


# Headers and cookies


@app.get("/headers")
async def by_header(
    user_agent: Annotated[str, Header()],
    x_request_id: Annotated[int, Header("X-Request-ID")] = 0,
    forwarded: Annotated[tuple[str, ...], Header("X-List")] = (),
    if_modified: Annotated[str | None, Header("If-Modified-Since")] = None,
    short: Annotated[str, MaxLen(3), Header()] = "-",
) -> list[JsonValue]:
    return [user_agent, x_request_id, list(forwarded), if_modified, short]


HEADERS = [
    ([("user-agent", "x")], ["x", 0, [], None, "-"]),
    ([("user-agent", "")], ["", 0, [], None, "-"]),
    ([("user-agent", "é")], ["é", 0, [], None, "-"]),
    ([("user-agent", "x"), ("x-request-id", "7"), ("short", "abc")], ["x", 7, [], None, "abc"]),
    ([("user-agent", "x"), ("x-list", "a"), ("x-list", "b, c")], ["x", 0, ["a", "b, c"], None, "-"]),
    ([("user-agent", "x"), ("if-modified-since", "now")], ["x", 0, [], "now", "-"]),
    ([], {"user_agent": ["Required"]}),
    ([("user_agent", "x")], {"user_agent": ["Required"]}),
    ([("user-agent", "x"), ("user-agent", "y")], {"user_agent": ["Must be text"]}),
    ([("x-request-id", "x"), ("short", "abcd")], {"user_agent", "x_request_id", "short"}),
]


@pytest.mark.parametrize(("sent", "expected"), HEADERS)
async def test_header_is_read_by_type(sent: list[tuple[str, str]], expected: Any) -> None:
    answer = await exchange(app, "GET", "/headers", sent)
    if isinstance(expected, list):
        assert (answer.status, answer.json) == (200, expected)
    else:
        assert answer.status == 422
        assert answer.json["fields"].keys() == set(expected)


@app.get("/cookies")
async def by_cookie(theme: Annotated[str, Cookie()] = "light", n: Annotated[int, Cookie("__Host-n")] = 1) -> list[JsonValue]:
    return [theme, n]


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ([], ["light", 1]),
        ([("cookie", "theme=dark")], ["dark", 1]),
        ([("cookie", "theme=dark; __Host-n=2")], ["dark", 2]),
        ([("cookie", "theme=dark"), ("cookie", "__Host-n=2")], ["dark", 2]),
        ([("cookie", "theme=")], ["", 1]),
        ([("cookie", "Theme=dark; other=x")], ["light", 1]),
        ([("cookie", "__Host-n=x")], None),
        ([("cookie", ";;;=;\xff")], ["light", 1]),
    ],
)
async def test_cookie_is_read_by_type(sent: list[tuple[str, str]], expected: Any) -> None:
    answer = await exchange(app, "GET", "/cookies", sent)
    assert answer.status == (200 if expected else 422)
    assert expected is None or answer.json == expected


@app.get("/failures/{x}")
async def failures(x: str, q: int, h: Annotated[int, Header()], c: Annotated[int, Cookie()]) -> None:
    raise AssertionError


async def test_failures_of_all_places_are_reported_together() -> None:
    answer = await exchange(app, "GET", "/failures/x?q=x", {"h": "x", "cookie": "c=x"})
    assert answer.json == {
        "error": "Some fields are not valid",
        "code": "VALIDATION",
        "fields": {name: ["Must be a whole number"] for name in ("q", "h", "c")},
    }


# The whole request


@app.get("/request/{x}")
async def by_request(request: Request, x: str) -> list[JsonValue]:
    return [request.method, request.url.path, request.query_params["a"], request.headers["x-a"], request.cookies["c"]]


async def test_request_is_there_for_who_wants_it() -> None:
    answer = await exchange(app, "GET", "/request/1?a=2", {"x-a": "3", "cookie": "c=4"})
    assert answer.json == ["GET", "/request/1", "2", "3", "4"]


@app.get("/ambient")
async def ambient() -> list[JsonValue]:
    return [headers["X-A"], headers.get("x-b"), "x-a" in headers, len(headers) > 1, cookies.get("c"), "d" in cookies]


async def test_headers_and_cookies_are_there_without_parameters() -> None:
    async with visitor(app, cookies={"c": "1"}) as http:
        response = await http.get("/ambient", headers={"x-a": "2"})
    assert response.json() == ["2", None, True, True, "1", False]


@app.page("/page/{n}")
async def page(n: int, sort: Literal["name", "price"] = "name") -> str:
    return f"{n} {sort}"


@pytest.mark.parametrize(
    ("target", "status", "text"),
    [
        ("/page/1", 200, "1 name"),
        ("/page/1?sort=price", 200, "1 price"),
        ("/page/x", 404, "Not found"),
        ("/page/1?sort=x", 422, "sort"),
    ],
)
async def test_page_takes_parameters_as_a_handler_does(target: str, status: int, text: str) -> None:
    response = await get(app, target, headers={"accept": "text/html"})
    assert response.status_code == status
    assert text in response.text
    assert response.headers["content-type"] == "text/html; charset=utf-8"
