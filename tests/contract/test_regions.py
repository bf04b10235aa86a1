"""What an action's answer refreshes, and what it leaves alone."""

from __future__ import annotations

import asyncio
import itertools
import logging
from urllib.parse import urlsplit

import httpx2
import pytest

from support.action_app import SAME_ORIGIN, target, token
from support.region_app import CELLS, TAGS, make_app, world
from support.runtime import MEDIA, Answer, Screen, read
from twofold import App, cache


@pytest.fixture(autouse=True)
def _fresh() -> None:
    world.reset()


@pytest.fixture
def app() -> App:
    return make_app()


@pytest.fixture
def screen(app: App) -> Screen:
    return Screen(app)


async def revalidate(app: App, *tags: str) -> None:
    with cache.use(app.setup.cache_store):
        async with cache.revalidation():
            cache.revalidate_tag(*tags)


# One round trip


async def test_of_twenty_regions_over_three_tags_one_request_renders_the_dirty_ones(screen: Screen) -> None:
    await screen.open("/board")
    world.rendered.clear()
    answer = await screen.submit(by="2")
    assert answer.result == {"data": 2}
    dirty = {f"cell {number}" for number in range(CELLS) if number % TAGS == 0}
    assert world.rendered == dict.fromkeys([*dirty, "board"], 1)
    screen.apply(answer)
    assert screen.text == (await Screen(screen.client._transport.app).open("/board")).text  # type: ignore[attr-defined]


async def test_a_page_around_a_form_that_is_a_region_is_not_rendered(screen: Screen) -> None:
    await screen.open("/counters")
    world.rendered.clear()
    answer = await screen.submit(0, region=screen.key_of("level 0"), by="1")
    assert list(answer.patches) == [screen.keys[1]]
    assert world.rendered == {"counter": 1}
    assert "level 1" in answer.patches[screen.keys[1]]


async def test_the_result_comes_first_and_the_sequence_last(screen: Screen) -> None:
    await screen.open("/counters")
    frames = (await screen.submit(0, region=screen.keys[1], by="1")).frames
    assert [next(iter(frame)) for frame in frames] == ["data", "receipt", "region", "sequence"]


async def test_a_failure_renders_the_region_of_its_form_with_the_error_beside_the_field(screen: Screen) -> None:
    await screen.open("/counters")
    world.rendered.clear()
    answer = await screen.submit(1, region=screen.keys[2], by="many")
    assert answer.response.status_code == 422
    assert answer.result["failure"]["fields"].keys() == {"by"}
    assert world.rendered == {"counter": 1}
    patch = answer.patches[screen.keys[2]]
    assert 'aria-invalid="true"' in patch
    assert 'value="many"' in patch


async def test_a_declared_refusal_is_a_failure_frame_with_its_status(screen: Screen) -> None:
    await screen.open("/counters")
    answer = await screen.submit(0, region=screen.keys[1], by="10")
    assert (answer.response.status_code, answer.result["failure"]["code"]) == (409, "SOLD_OUT")
    assert "Sold out" in answer.patches[screen.keys[1]]


async def test_the_result_stays_shown_when_the_region_is_pulled_again(app: App, screen: Screen) -> None:
    await screen.open("/counters")
    answer = await screen.submit(0, region=screen.keys[1], by="1")
    screen.apply(answer)
    screen.url = f"/counters?/={answer.all('receipt')[0]}"
    await revalidate(app, "level:0")
    pulled = await screen.pull()
    assert "<output>1</output>" in pulled.patches[screen.keys[1]]


async def test_a_repeated_call_has_one_effect_and_fresh_patches(screen: Screen) -> None:
    await screen.open("/counters")
    first, second = [await screen.submit(0, region=screen.keys[1], key="k" * 22, by="3") for _ in range(2)]
    assert (first.result, second.result) == ({"data": 3}, {"data": 3})
    assert second.response.headers["idempotent-replayed"] == "true"
    assert world.effects == ["0 by 3"]
    assert "level 3" in second.patches[screen.keys[1]]


async def test_the_same_form_sent_natively_with_the_calls_key_has_no_second_effect(screen: Screen) -> None:
    await screen.open("/counters")
    await screen.submit(0, key="k" * 22, by="3")
    sent = {"_tf": token(screen.html), "by": "3", "_tf_call": "k" * 22}
    answer = await screen.client.post("/counters" + target(screen.html), data=sent)
    assert (answer.status_code, answer.headers["idempotent-replayed"]) == (303, "true")
    assert world.effects == ["0 by 3"]


@pytest.mark.parametrize("key", ["", "short", "k" * 65, "k" * 21 + "é"])
async def test_a_malformed_key_is_refused_and_nothing_runs(screen: Screen, key: str) -> None:
    await screen.open("/counters")
    sent = {"_tf": token(screen.html), "by": "3", "_tf_call": key}
    answer = await screen.client.post("/counters" + target(screen.html), data=sent)
    assert answer.status_code == 422
    assert world.effects == []


# Regions inside regions, and the page around them


async def test_a_clean_region_inside_a_dirty_one_is_kept(screen: Screen) -> None:
    await screen.open("/nested")
    world.rendered.clear()
    world.levels[0] = 5
    answer = await screen.submit(region=screen.keys[1], tags="level:0")
    assert "data-tf-keep" in answer.patches[screen.keys[1]]
    assert world.rendered == {"outer": 1}
    screen.apply(answer)
    assert "outer 6 " in screen.text
    assert "inner 0" in screen.text


async def test_a_dirty_region_inside_a_clean_one_comes_alone(screen: Screen) -> None:
    await screen.open("/nested")
    world.levels[1] = 5
    page, outer, inner = screen.keys
    answer = await screen.pull()
    assert answer.patches == {}
    await revalidate(screen.client._transport.app, "level:1")  # type: ignore[attr-defined]
    world.rendered.clear()
    answer = await screen.pull()
    assert list(answer.patches) == [inner]
    assert (page, world.rendered) == ("page", {"inner": 1})
    assert outer in screen.keys


async def test_two_dirty_ones_of_which_one_holds_the_other_are_rendered_once(app: App, screen: Screen) -> None:
    await screen.open("/nested")
    world.rendered.clear()
    await revalidate(app, "level:0", "level:1")
    answer = await screen.pull()
    assert list(answer.patches) == [screen.keys[1]]
    assert world.rendered == {"outer": 1, "inner": 1}


async def test_a_tag_that_the_page_itself_reads_renders_the_page_without_its_clean_regions(app: App, screen: Screen) -> None:
    await screen.open("/shell")
    world.rendered.clear()
    world.levels[0] = 7
    await revalidate(app, "level:0")
    answer = await screen.pull()
    assert world.rendered == {"shell": 1}
    assert list(answer.patches) == ["page"]
    screen.apply(answer)
    assert screen.text == (await Screen(app).open("/shell")).text


async def test_a_revalidated_path_renders_everything_on_the_page(screen: Screen) -> None:
    await screen.open("/shell")
    world.rendered.clear()
    screen.apply(await screen.submit(1, path="/shell"))
    assert world.rendered == {"shell": 1, "cell 1": 1}


async def test_a_page_that_reads_nothing_with_a_tag_is_rendered_after_a_success(screen: Screen) -> None:
    await screen.open("/untagged")
    answer = await screen.submit(tags="")
    assert "untagged 1" in answer.patches["page"]


async def test_such_a_page_is_left_alone_by_what_others_do(app: App, screen: Screen) -> None:
    await screen.open("/untagged")
    await revalidate(app, "level:0")
    assert (await screen.pull()).patches == {}


# Where regions fail


async def test_a_region_that_fails_hides_neither_the_result_nor_the_others(
    screen: Screen, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    await screen.open("/fragile")
    fragile, covered, slow = screen.keys[1:4]
    world.broken.add("fragile")
    answer = await screen.submit(region=slow, tags="fragile")
    assert answer.result == {"data": None}
    assert answer.all("failed") == [fragile]
    assert "sorry: INTERNAL" in answer.patches[covered]
    assert "slow 1" in answer.patches[slow]
    assert "canary" not in answer.response.text


async def test_a_slow_region_is_named_and_pulled(screen: Screen) -> None:
    await screen.open("/fragile")
    fragile, covered, slow = screen.keys[1:4]
    world.gate.clear()
    answer = await screen.submit(region=fragile, tags="fragile")
    assert answer.all("stale") == [[slow]]
    assert {fragile, covered} <= answer.patches.keys()
    world.gate.set()
    assert "slow 1" in (await screen.pull(slow)).patches[slow]


async def test_a_page_that_refuses_leaves_the_browser_to_load_it(screen: Screen) -> None:
    await screen.open("/door")
    await screen.submit(0, name="ann")
    await screen.open("/private")
    assert "secret of ann" in screen.html
    screen.client.cookies.clear()
    answer = await screen.pull("page")
    assert set(answer.all("gone")[0]) == set(screen.keys)
    assert "secret" not in answer.response.text


# Who sees what


async def test_cookies_and_session_are_as_the_action_left_them(screen: Screen) -> None:
    await screen.open("/door")
    assert "nobody saw nothing" in screen.html
    answer = await screen.submit(0, name="ann")
    assert "ann saw a cookie" in answer.response.text


async def test_what_another_session_lists_is_not_rendered(app: App) -> None:
    ann, bob = Screen(app), Screen(app)
    for screen, name in ((ann, "ann"), (bob, "bob")):
        await screen.open("/door")
        await screen.submit(0, name=name)
        await screen.open("/private")
    stolen = await bob.pull("page", have=ann.descriptors)
    assert stolen.patches == {}
    assert set(stolen.all("gone")[0]) == set(ann.keys)


async def test_a_descriptor_of_another_route_is_not_taken(app: App) -> None:
    board, counters = await Screen(app).open("/board"), await Screen(app).open("/counters")
    answer = await counters.pull(have=board.descriptors)
    assert set(answer.all("gone")[0]) == set(board.keys)


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_another_site_cannot_pull(screen: Screen, site: str) -> None:
    await screen.open("/counters")
    answer = await screen.pull(**{"Sec-Fetch-Site": site})
    assert answer.response.status_code == 403


HOSTILE = [
    "",
    "[",
    "{}",
    "null",
    "[1, null, {}]",
    '["x.y"]',
    '[["a"]]',
    "[" * 5000,
    '"x"',
    json_bomb := '["' + "A" * 70_000 + '"]',
]


@pytest.mark.parametrize("body", HOSTILE)
async def test_a_malformed_list_is_passed_over(screen: Screen, body: str) -> None:
    await screen.open("/counters")
    headers = {"Twofold-Pull": "1", "Content-Type": "application/json"}
    answer = Answer(await screen.client.post("/counters", content=body, headers=headers))
    assert answer.response.status_code == 200
    assert answer.patches == {}


async def test_a_tampered_descriptor_is_ignored_at_every_place(screen: Screen) -> None:
    await screen.open("/counters")
    good = screen.descriptors[1]
    for at in range(0, len(good), 7):
        bad = good[:at] + ("A" if good[at] != "A" else "B") + good[at + 1 :]
        answer = await screen.pull(read(good)["k"], have=[bad])
        assert answer.patches == {}, at


# Redirects


async def test_the_page_behind_a_redirect_comes_along(screen: Screen) -> None:
    await screen.open("/door")
    answer = await screen.submit(1, to="/there?a=1")
    assert answer.result == {"redirect": "/there?a=1"}
    assert "there traveller" in answer.all("document")[0]
    assert answer.all("url") == ["/there?a=1"]
    assert "traveller" in (await screen.client.get("/there")).text


@pytest.mark.parametrize("to", ["/nowhere", "/_twofold/live", "/board/"])
async def test_a_redirect_to_no_page_is_only_a_redirect(screen: Screen, to: str) -> None:
    await screen.open("/door")
    answer = await screen.submit(1, to=to)
    assert answer.frames == [{"redirect": to}]


# Order


async def test_whatever_the_order_of_arrival_the_screen_ends_as_a_fresh_page(app: App) -> None:
    screen = await Screen(app).open("/counters")
    answers = [
        await screen.submit(0, region=screen.keys[1], by="1"),
        await screen.submit(1, region=screen.keys[2], by="2"),
        await screen.submit(0, region=screen.keys[1], by="4"),
        await screen.pull(),
    ]
    fresh = (await Screen(app).open("/counters")).text
    before = screen.html
    for order in itertools.permutations(answers):
        screen.html = before
        for answer in order:
            screen.apply(answer)
        assert screen.text == fresh


# Pages without


async def test_a_page_without_forms_and_regions_loads_nothing(app: App) -> None:
    page = (await Screen(app).open("/plain")).html
    assert page == "<html><head><title>t</title></head><body>plain</body></html>"


async def test_live_updates_can_be_turned_off() -> None:
    page = (await Screen(make_app(live=False)).open("/counters")).html
    assert "data-twofold" in page
    assert "data-live" not in page


async def test_an_error_page_carries_no_runtime(app: App) -> None:
    page = (await Screen(app).open("/private")).html
    assert "data-twofold" not in page


@pytest.mark.parametrize("root", ["", "/shop", "/a b"])
async def test_the_runtime_is_found_below_a_mount_point(app: App, root: str) -> None:
    transport = httpx2.ASGITransport(app=app, root_path=root)
    async with httpx2.AsyncClient(transport=transport, base_url="https://shop.example", headers=SAME_ORIGIN) as client:
        screen = await Screen(app, client).open(f"{root}/counters")
        source = screen.html.partition('src="')[2].partition('"')[0]
        assert urlsplit(source).path.startswith(root.replace(" ", "%20") + "/_twofold/runtime/")
        assert (await client.get(source)).headers["content-type"] == "text/javascript; charset=utf-8"


async def test_the_answer_is_not_kept_by_caches(screen: Screen) -> None:
    await screen.open("/counters")
    for answer in (await screen.submit(0, by="1"), await screen.pull()):
        assert answer.response.headers["cache-control"] == "no-store"
        assert answer.response.headers["content-type"] == MEDIA


async def test_many_at_once_each_get_their_own_answer(app: App) -> None:
    screens = [await Screen(app).open("/counters") for _ in range(10)]
    answers = await asyncio.gather(*(screen.submit(0, region=screen.keys[1], by="1") for screen in screens))
    assert sorted(answer.result["data"] for answer in answers) == list(range(1, 11))
    for screen, answer in zip(screens, answers, strict=True):
        screen.apply(answer)
        screen.apply(await screen.pull())
    assert {screen.text for screen in screens} == {(await Screen(app).open("/counters")).text}
