"""How actions are called from forms and by the typed client: who may, how often, and what comes back."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from urllib.parse import quote, urlsplit

import httpx2
import pytest
from markupsafe import Markup

from support.action_app import SECRET, Tab, effects, inputs, make_app, target, token, written
from support.action_app import reserve as reserve_action
from twofold import App, Settings, StoreUnavailable, action, cache, cached
from twofold.actions.capability import Capability, context_of
from twofold.idempotency import Begun, MemoryStore

PREFIX = "support.action_app"
RESERVE = f"{PREFIX}.reserve"
PAGE = "/products/A-1"


@pytest.fixture
async def app() -> App:
    effects.reset()
    return make_app()


@pytest.fixture
async def tab(app: App) -> AsyncIterator[Tab]:
    tab = Tab(app)
    yield tab
    await tab.client.aclose()


async def submit(tab: Tab, url: str = PAGE, index: int = 0, **fields: str) -> httpx2.Response:
    page = (await tab.open(url)).text
    path = urlsplit(url).path
    return await tab.post(path + target(page, index), {"_tf": token(page, index), **fields})


# A form, with JavaScript off


async def test_a_success_is_a_redirect_to_the_page_which_shows_the_result(tab: Tab) -> None:
    answer = await submit(tab, quantity="2")

    assert answer.status_code == 303
    assert answer.headers["cache-control"] == "no-store"
    assert "<output>2</output>" in (await tab.open(answer.headers["location"])).text


async def test_reloading_the_page_after_a_success_shows_the_result_again_and_changes_nothing(tab: Tab) -> None:
    location = (await submit(tab, quantity="2")).headers["location"]
    pages = [(await tab.open(location)).text for _ in range(3)]

    assert all("<output>2</output>" in page for page in pages)
    assert effects.log == [("A-1", 2)]


async def test_the_result_is_shown_to_the_session_that_sent_the_form_only(app: App, tab: Tab) -> None:
    await submit(tab, "/login", name="ann", password="p", pin="1")
    location = (await submit(tab, quantity="2")).headers["location"]

    assert "<output>" in (await tab.open(location)).text
    assert "<output>" not in (await Tab(app).open(location)).text


@pytest.mark.parametrize("receipt", ["", "x", "../..", "A" * 5000, "%00", "é"])
async def test_a_made_up_receipt_shows_nothing(tab: Tab, receipt: str) -> None:
    answer = await tab.open(f"{PAGE}?/={receipt}")

    assert answer.status_code == 200
    assert "<output>" not in answer.text


async def test_the_pages_own_query_survives_success_and_failure(tab: Tab) -> None:
    done = await submit(tab, f"{PAGE}?sort=price", quantity="2")
    failed = await submit(tab, f"{PAGE}?sort=price", quantity="0")

    assert done.headers["location"].startswith(f"{PAGE}?sort=price&/=")
    assert target(failed.text) == f"?sort=price&/{RESERVE}"


async def test_a_failure_shows_the_page_again_with_the_input_and_the_errors_beside_the_fields(tab: Tab) -> None:
    answer = await submit(tab, quantity="0")
    shown = next(one for one in inputs(answer.text) if one.get("name") == "quantity")

    assert answer.status_code == 422
    assert answer.headers["cache-control"] == "no-store"
    assert shown["value"] == "0"
    assert shown["aria-invalid"] == "true"
    assert f"<em id={shown['aria-describedby']}>Must be at least 1</em>" in answer.text
    assert effects.log == []


async def test_a_declared_error_is_shown_in_the_form_with_its_status(tab: Tab) -> None:
    answer = await submit(tab, quantity="99")

    assert answer.status_code == 409
    assert "<strong role=alert>Sold out</strong>" in answer.text
    assert 'value="99"' in answer.text


async def test_hostile_input_comes_back_escaped(tab: Tab) -> None:
    answer = await submit(tab, quantity='"><script>alert(1)</script>')

    assert answer.status_code == 422
    assert "<script>" not in answer.text


async def test_secrets_and_files_are_not_given_back(tab: Tab) -> None:
    page = (await tab.open("/login")).text
    fields = {"_tf": token(page), "name": "nobody", "password": "canary-password", "pin": "canary-pin"}
    answer = await tab.client.post("/login" + target(page), data=fields, files={"photo": ("canary.png", b"canary-bytes")})

    assert answer.status_code == 409
    assert 'value="nobody"' in answer.text
    assert "canary" not in answer.text


async def test_errors_belong_to_the_form_instance_that_was_sent(tab: Tab) -> None:
    page = (await submit(tab, "/two", index=1, quantity="0")).text
    first, second = page.split("</form>")[:2]

    assert "Must be at least 1" in second
    assert "Must be at least 1" not in first
    assert "aria-invalid" not in first


async def test_a_failure_that_no_form_of_the_page_shows_gets_its_own_page(app: App, tab: Tab) -> None:
    keys = app.start().keys
    capability = Capability(bound={"sku": "B"}, schema=reserve_action.arguments.schema_hash, instance="gone")
    sealed = capability.seal(keys, context_of(RESERVE, "/formless"), 2**33)
    answer = await tab.post(f"/formless?/{RESERVE}", {"_tf": sealed, "quantity": "99"})

    assert answer.status_code == 409
    assert "Sold out" in answer.text


async def test_the_actions_own_redirect_wins_and_carries_cookies_and_session(tab: Tab) -> None:
    answer = await submit(tab, "/login", name="ann", password="p", pin="1")
    set_cookies = answer.headers.get_list("set-cookie")

    assert (answer.status_code, answer.headers["location"]) == (303, "/welcome")
    assert any(one.startswith("seen=yes") for one in set_cookies)
    assert any(one.startswith("__Host-session=") for one in set_cookies)
    assert all("Secure" in one and "HttpOnly" in one and "SameSite=lax" in one for one in set_cookies)


async def test_a_file_arrives_with_its_name_and_content(tab: Tab) -> None:
    page = (await tab.open("/login")).text
    fields = {"_tf": token(page), "name": "ann", "password": "p", "pin": "1"}
    answer = await tab.client.post("/login" + target(page), data=fields, files={"photo": ("ü.png", b"\x00\xff")})

    assert answer.status_code == 303
    assert effects.log == [("ann", "p", "1", ("ü.png", b"\x00\xff"))]
    assert 'enctype="multipart/form-data"' in page


async def test_an_undeclared_exception_keeps_the_input_and_tells_nothing(tab: Tab, caplog: pytest.LogCaptureFixture) -> None:
    page = (await tab.open("/internal")).text
    answer = await tab.post("/internal" + target(page, 1), {"_tf": token(page, 1), "how": "raise"})

    assert answer.status_code == 500
    assert 'value="raise"' in answer.text
    assert "Something went wrong" in answer.text
    assert "canary" not in answer.text
    assert "canary-in-an-action" in caplog.text


# Once


async def test_a_double_click_runs_once_and_both_clicks_end_alike(tab: Tab) -> None:
    page = (await tab.open(PAGE)).text
    answers = await asyncio.gather(*(tab.post(PAGE + target(page), {"_tf": token(page), "quantity": "2"}) for _ in range(10)))

    assert {answer.status_code for answer in answers} == {303}
    assert effects.log == [("A-1", 2)]
    assert sum("idempotent-replayed" in answer.headers for answer in answers) == 9


async def test_sending_a_form_again_later_replays_its_outcome(tab: Tab) -> None:
    page = (await tab.open(PAGE)).text
    for quantity, status in [("99", 409), ("99", 409)]:
        answer = await tab.post(PAGE + target(page), {"_tf": token(page), "quantity": quantity})

        assert answer.status_code == status
        assert "Sold out" in answer.text


async def test_the_same_form_with_other_values_is_refused_and_can_be_sent_anew(tab: Tab) -> None:
    page = (await tab.open(PAGE)).text
    await tab.post(PAGE + target(page), {"_tf": token(page), "quantity": "2"})
    refused = await tab.post(PAGE + target(page), {"_tf": token(page), "quantity": "3"})
    again = await tab.post(PAGE + target(refused.text), {"_tf": token(refused.text), "quantity": "3"})

    assert refused.status_code == 422
    assert 'value="3"' in refused.text
    assert "This form was sent already, with other values" in refused.text
    assert again.status_code == 303
    assert effects.log == [("A-1", 2), ("A-1", 3)]


async def test_a_refused_input_does_not_use_up_the_form(tab: Tab) -> None:
    page = (await tab.open(PAGE)).text
    await tab.post(PAGE + target(page), {"_tf": token(page), "quantity": "0"})
    answer = await tab.post(PAGE + target(page), {"_tf": token(page), "quantity": "2"})

    assert answer.status_code == 303


async def test_a_page_from_before_the_session_started_still_runs_once(tab: Tab) -> None:
    """The key's owner is whom the form was rendered for, so a session that starts meanwhile makes no second call."""
    page = (await tab.open(PAGE)).text
    await tab.post(PAGE + target(page), {"_tf": token(page), "quantity": "2"})
    await submit(tab, "/login", name="ann", password="p", pin="1")
    effects.log.clear()
    await tab.post(PAGE + target(page), {"_tf": token(page), "quantity": "2"})

    assert effects.log == []


async def test_the_effect_survives_a_client_that_leaves(tab: Tab) -> None:
    effects.gate.clear()
    page = (await tab.open(PAGE)).text
    fields = {"_tf": token(page), "quantity": "2"}
    first = asyncio.ensure_future(tab.post(PAGE + target(page), fields))
    for _ in range(20):
        await asyncio.sleep(0)
    first.cancel()
    effects.gate.set()
    answer = await tab.post(PAGE + target(page), fields)

    assert answer.status_code == 303
    assert effects.log == [("A-1", 2)]


# Revalidation


@cached(tags="level:{sku}")
async def level(sku: str) -> int:
    return len(effects.log)


@action(revalidates=["level:{sku}"])
async def sell(sku: str = "A") -> None:
    effects.log.append(sku)


@pytest.mark.parametrize("given", [{}, {"sku": "A"}])
async def test_a_declared_tag_is_revalidated_also_for_a_default(given: dict[str, str]) -> None:
    effects.reset()
    with cache.use(cache.MemoryStore()):
        before = await level("A")
        await sell(**given)

        assert (before, await level("A")) == (0, 1)


class NoReceipts(MemoryStore):
    """A store that is away whenever a receipt is asked for."""

    async def begin(self, identity: str, fingerprint: bytes, *, lease_seconds: float) -> Begun:
        if fingerprint == b"":
            raise StoreUnavailable("away")
        return await super().begin(identity, fingerprint, lease_seconds=lease_seconds)


async def test_a_success_stays_one_where_its_result_cannot_be_kept() -> None:
    effects.reset()
    tab = Tab(make_app(idempotency=NoReceipts()))
    answer = await submit(tab, quantity="2")

    assert (answer.status_code, answer.headers["location"]) == (303, PAGE)
    assert (await tab.open(f"{PAGE}?/=anything")).status_code == 200
    assert effects.log == [("A-1", 2)]


async def test_an_empty_store_that_was_given_is_used() -> None:
    store = MemoryStore()
    app = App(settings=Settings(mode="test"), idempotency=store)

    assert app.start().idempotency_store is store


# Who may call


UNKNOWN = [
    "nope", "", "__class__", "toString", "__proto__", "constructor", f"{PREFIX}.internal", f"{PREFIX}.Effects", "os.system",
    "support.action_app.reserve.__call__", "a" * 3000, "é", "%00", "..", f"{PREFIX}.reserve%20", f"/{PREFIX}.reserve",
]  # fmt: skip


@pytest.mark.parametrize("action_id", UNKNOWN)
async def test_what_cannot_be_called_looks_like_what_does_not_exist(tab: Tab, action_id: str) -> None:
    expected = await tab.call("no.such_action", {"note": "x"})
    answer = await tab.call(action_id, {"note": "x"})

    assert (answer.status_code, answer.content) == (404, expected.content)
    assert effects.log == []


@pytest.mark.parametrize("action_id", [*UNKNOWN[1:], f"{PREFIX}.reserve"])
async def test_a_form_without_a_token_looks_like_no_action(tab: Tab, action_id: str) -> None:
    expected = await tab.post(f"{PAGE}?/no.such_action", {"quantity": "2"})
    answer = await tab.post(f"{PAGE}?/{action_id}", {"quantity": "2"})

    assert (answer.status_code, answer.content) == (404, expected.content)


async def test_a_token_is_good_for_its_own_action_and_page_only(tab: Tab) -> None:
    page = (await tab.open(PAGE)).text
    sealed = {"_tf": token(page), "quantity": "2", "note": "x", "sku": "A"}

    assert (await tab.post(f"{PAGE}?/{PREFIX}.internal", sealed)).status_code == 404
    assert (await tab.post(f"/two?/{RESERVE}", sealed)).status_code == 404
    assert (await tab.post(f"/products/B-2?/{RESERVE}", sealed)).status_code == 303
    assert effects.log == [("A-1", 2)]


@pytest.mark.parametrize("sealed", ["", "x", "A" * 100, "A" * 1_000_000, "é", "\x00"])
async def test_garbage_for_a_token_is_refused(tab: Tab, sealed: str) -> None:
    assert (await tab.post(f"{PAGE}?/{RESERVE}", {"_tf": sealed, "quantity": "2"})).status_code in (404, 413)


async def test_two_tokens_are_refused(tab: Tab) -> None:
    page = (await tab.open(PAGE)).text
    body = f"_tf={token(page)}&_tf={token(page)}&quantity=2"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}

    assert (await tab.client.post(PAGE + target(page), content=body, headers=headers)).status_code == 404


async def test_bound_arguments_cannot_be_set_from_the_form(tab: Tab) -> None:
    await submit(tab, quantity="2", sku="B-2")

    assert effects.log == [("A-1", 2)]
    assert "A-1" not in token((await tab.open(PAGE)).text)


async def test_a_form_that_is_too_old_keeps_the_input_and_can_be_sent_again(app: App) -> None:
    now = 1_000_000.0
    app.start(clock=lambda: now)
    tab = Tab(app)
    page = (await tab.open(PAGE)).text
    now += app.settings.form_max_age_seconds + 1
    stale = await tab.post(PAGE + target(page), {"_tf": token(page), "quantity": "7"})
    again = await tab.post(PAGE + target(stale.text), {"_tf": token(stale.text), "quantity": "7"})

    assert stale.status_code == 410
    assert 'value="7"' in stale.text
    assert again.status_code == 303


async def test_a_form_of_another_session_is_stale(app: App) -> None:
    ann, bob = Tab(app), Tab(app)
    for tab, name in [(ann, "ann"), (bob, "bob")]:
        await submit(tab, "/login", name=name, password="p", pin="1")
    page = (await ann.open(PAGE)).text
    effects.log.clear()

    assert (await bob.post(PAGE + target(page), {"_tf": token(page), "quantity": "2"})).status_code == 410
    assert effects.log == []


async def test_a_form_of_another_build_runs_where_it_still_fits_and_is_stale_where_not(app: App, tab: Tab) -> None:
    keys = app.start().keys

    def of_another_build() -> str:
        capability = Capability(bound={"sku": "A-1"}, schema="0" * 16, instance="")
        return capability.seal(keys, context_of(RESERVE, "/products/{sku}"), 2**33)

    fits = await tab.post(f"{PAGE}?/{RESERVE}", {"_tf": of_another_build(), "quantity": "2"})
    fits_not = await tab.post(f"{PAGE}?/{RESERVE}", {"_tf": of_another_build(), "quantity": "0"})

    assert fits.status_code == 303
    assert fits_not.status_code == 410


async def test_a_renamed_action_answers_to_its_former_id(tab: Tab) -> None:
    answer = await tab.call("shop.former_name", {"sku": "A", "quantity": 1})

    assert answer.json() == {"data": 1}


async def test_a_rotated_secret_opens_the_forms_of_before(app: App) -> None:
    before = Tab(app)
    page = (await before.open(PAGE)).text
    rotated = Tab(make_app())
    rotated_app = make_app()
    rotated_app.start(Settings(mode="production", secrets=f"{SECRET[::-1]},{SECRET}"))
    rotated = Tab(rotated_app)

    assert (await rotated.post(PAGE + target(page), {"_tf": token(page), "quantity": "2"})).status_code == 303


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Sec-Fetch-Site": "none"}, 303),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "", "Origin": "https://shop.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "https://shop.example"}, 403),
    ],
)
async def test_a_valid_token_does_not_help_another_origin(tab: Tab, headers: dict[str, str], status: int) -> None:
    page = (await tab.open(PAGE)).text
    answer = await tab.post(PAGE + target(page), {"_tf": token(page), "quantity": "2"}, headers=headers)

    assert answer.status_code == status
    if status == 403:
        assert answer.headers["vary"] == "Sec-Fetch-Site, Origin"
        assert answer.headers["cache-control"] == "no-store"


async def test_without_any_evidence_of_a_browser_an_action_is_refused(app: App) -> None:
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="https://shop.example") as client:
        answer = await client.post(
            f"/_twofold/call?/{RESERVE}", json={"sku": "A", "quantity": 1}, headers={"Twofold-Call": "k" * 22}
        )

    assert answer.status_code == 403


# The typed client


async def test_the_client_gets_data_as_json(tab: Tab) -> None:
    answer = await tab.call(RESERVE, {"sku": "A", "quantity": 3})

    assert (answer.status_code, answer.json()) == (200, {"data": 3})
    assert answer.headers["cache-control"] == "no-store"


async def test_an_exported_action_answers_on_any_page_too(tab: Tab) -> None:
    answer = await tab.client.post(f"{PAGE}?/{RESERVE}", json={"sku": "A", "quantity": 3}, headers={"Twofold-Call": "k" * 22})

    assert answer.json() == {"data": 3}


async def test_without_the_client_header_an_exported_action_does_not_exist(tab: Tab) -> None:
    answer = await tab.client.post(f"/_twofold/call?/{RESERVE}", json={"sku": "A", "quantity": 3})

    assert answer.status_code == 404


async def test_the_same_key_runs_once_and_says_so(tab: Tab) -> None:
    answers = [await tab.call(RESERVE, {"sku": "A", "quantity": 3}) for _ in range(3)]

    assert [answer.json() for answer in answers] == [{"data": 3}] * 3
    assert [answer.headers.get("idempotent-replayed") for answer in answers] == [None, "true", "true"]
    assert effects.log == [("A", 3)]


async def test_the_same_key_with_another_payload_is_refused(tab: Tab) -> None:
    await tab.call(RESERVE, {"sku": "A", "quantity": 3})
    answer = await tab.call(RESERVE, {"sku": "A", "quantity": 4})

    assert (answer.status_code, answer.json()["code"]) == (422, "KEY_REUSED")


async def test_an_idempotent_action_keeps_no_keys(tab: Tab) -> None:
    assert [(await tab.call(f"{PREFIX}.counts", {})).json()["data"] for _ in range(3)] == [1, 2, 3]


@pytest.mark.parametrize("key", ["", "short", "k" * 65, "k k" * 10, "k" * 20 + "é", "../" * 10])
async def test_a_malformed_key_is_a_clients_fault(tab: Tab, key: str) -> None:
    headers = {"Twofold-Call": key.encode("latin-1")}
    answer = await tab.client.post(f"/_twofold/call?/{RESERVE}", json={"sku": "A", "quantity": 3}, headers=headers)

    assert answer.status_code == 422
    assert effects.log == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422), (b"null", 422), (b"[]", 422), (b'["A",2]', 422), (b'"x"', 422), (b"{", 422), (b"\xff", 422), (b"{}", 422),
        (b'{"sku":"A","quantity":2,"quantity":3}', 422), (b'{"sku":"A","quantity":"2"}', 422),
        (b'{"sku":"A","quantity":NaN}', 422), (b'{"sku":"A","quantity":1e400}', 422), (b'{"sku":"A","quantity":2,"x":1}', 422),
        (b'{"sku":"\\ud800","quantity":2}', 422), (b'{"__proto__":{},"sku":"A","quantity":2}', 422),
        (b"[" * 100_000, 422), (b'{"sku":"' + b"a" * 2_000_000 + b'"}', 413),
    ],
)  # fmt: skip
async def test_a_bad_body_is_the_clients_fault(tab: Tab, body: bytes, status: int) -> None:
    headers = {"Twofold-Call": "k" * 22, "Content-Type": "application/json"}
    answer = await tab.client.post(f"/_twofold/call?/{RESERVE}", content=body, headers=headers)

    assert answer.status_code == status
    assert set(answer.json()) <= {"error", "code", "fields"}
    assert effects.log == []


async def test_another_content_type_is_refused(tab: Tab) -> None:
    headers = {"Twofold-Call": "k" * 22, "Content-Type": "text/plain"}
    answer = await tab.client.post(f"/_twofold/call?/{RESERVE}", content=b'{"sku":"A","quantity":2}', headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


async def test_the_client_sends_a_form_to_an_exported_action_and_gets_json(tab: Tab) -> None:
    headers = {"Twofold-Call": "k" * 22}
    sent = {"sku": "A", "quantity": "3"}
    answers = [await tab.post(f"/_twofold/call?/{RESERVE}", sent, headers=headers) for _ in range(2)]

    assert [answer.json() for answer in answers] == [{"data": 3}] * 2
    assert [answer.headers.get("idempotent-replayed") for answer in answers] == [None, "true"]
    assert effects.log == [("A", 3)]


@pytest.mark.parametrize(
    ("url", "headers"),
    [
        (f"/_twofold/call?/{RESERVE}", {}),
        (f"/_twofold/call?/{PREFIX}.internal", {"Twofold-Call": "k" * 22}),
        (f"{PAGE}?/{RESERVE}", {"Twofold-Call": "k" * 22}),
    ],
    ids=["without-the-client-header", "not-exported", "at-a-page-that-its-token-decides"],
)
async def test_a_form_without_a_token_is_admitted_for_exported_actions_of_the_client_only(
    tab: Tab, url: str, headers: dict[str, str]
) -> None:
    answer = await tab.post(url, {"sku": "A", "quantity": "3", "note": "x"}, headers=headers)

    assert answer.status_code == 404
    assert effects.log == []


@action(export=True)
async def größe(name: str) -> str:  # noqa: PLC2401
    return name


async def test_a_name_that_is_not_ascii_is_called_as_a_url_spells_it(app: App) -> None:
    @app.page("/size")
    async def size() -> Markup:
        return written(größe.form(), "name")

    tab = Tab(app)
    assert (await tab.call(größe.id, {"name": "x"})).json() == {"data": "x"}
    page = (await tab.open("/size")).text
    answer = await tab.post("/size" + quote(target(page), safe="?/."), {"_tf": token(page), "name": "x"})
    await tab.client.aclose()

    assert answer.status_code == 303


@pytest.mark.parametrize(
    ("schema", "status", "code"),
    [
        ({}, 422, "VALIDATION"),
        ({"Twofold-Schema": reserve_action.arguments.schema_hash}, 422, "VALIDATION"),
        ({"Twofold-Schema": "of-another-build"}, 410, "STALE"),
    ],
    ids=["not-said", "the-same", "another"],
)
async def test_input_that_a_client_of_another_build_sends_is_stale_where_it_does_not_fit(
    tab: Tab, schema: dict[str, str], status: int, code: str
) -> None:
    answer = await tab.call(RESERVE, {"sku": "A"}, **schema)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["fields"] == {"quantity": ["Required"]}
    assert (await tab.call(RESERVE, {"sku": "A", "quantity": 3}, **schema)).json() == {"data": 3}


async def test_an_actions_own_body_limit_holds(tab: Tab) -> None:
    assert (await tab.call(f"{PREFIX}.small", {"text": "x" * 100}, key="a" * 22)).status_code == 200
    assert (await tab.call(f"{PREFIX}.small", {"text": "x" * 300}, key="b" * 22)).status_code == 413


@pytest.mark.parametrize("how", ["undeclared", "raise"])
async def test_what_an_action_does_not_declare_is_masked_and_logged(tab: Tab, how: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        answer = await tab.call(f"{PREFIX}.breaks", {"how": how})

    assert answer.status_code == 500
    assert "canary" not in answer.text
    assert answer.json()["digest"] in caplog.text


async def test_a_masked_failure_is_not_kept_so_that_a_retry_runs(tab: Tab) -> None:
    answers = [await tab.call(f"{PREFIX}.breaks", {"how": "raise"}) for _ in range(2)]

    assert all("idempotent-replayed" not in answer.headers for answer in answers)


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
async def test_an_action_answers_post_only(tab: Tab, method: str) -> None:
    answer = await tab.client.request(method, f"/_twofold/call?/{RESERVE}", headers={"Twofold-Call": "k" * 22})

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert effects.log == []
