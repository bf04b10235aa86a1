"""What a form does with a submission while an earlier one is not answered yet."""

from __future__ import annotations

import random
from typing import Any

import pytest

from browser.runtime.stage import Stage
from browser.runtime.wire import form

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

TWICE = "<button name=n value=1>1</button><button name=n value=2>2</button>"
POLICIES = ["serial", "parallel", "latest", "drop"]

DRIVE = """async (steps) => {
  const { enter } = await import("/_twofold/source/concurrency.js");
  const calls = [];
  const log = [];
  const turn = () => new Promise((resolve) => setTimeout(resolve));

  function submit(policy, print) {
    const call = {};
    const number = calls.push(call) - 1;
    call.answered = new Promise((succeed, fail) => Object.assign(call, { succeed, fail }));
    call.promise = enter("model", policy, print, (before, signal) => run(call, number, before, signal));
    for (const promise of [call.answered, call.promise]) promise.catch(() => {});
  }

  async function run(call, number, before, signal) {
    signal.addEventListener("abort", () => {
      log.push("abort " + number);
      call.isDone = true;
      call.fail(signal.reason);
    });
    await before;
    signal.throwIfAborted();
    log.push("send " + number);
    call.isSent = true;
    await call.answered;
  }

  function end(at, isSuccess) {
    const open = calls.filter(({ isSent, isDone }) => isSent && !isDone);
    if (!open.length) return false;
    const call = open[at % open.length];
    call.isDone = true;
    log.push((isSuccess ? "answer " : "fail ") + calls.indexOf(call));
    if (isSuccess) call.succeed();
    else call.fail(new Error("no"));
    return true;
  }

  for (const [what, one, other] of steps) {
    if (what === "submit") submit(one, other);
    else end(one, other);
    await turn();
  }
  while (end(0, true)) await turn();
  return [log, calls.map((call) => calls.findIndex(({ promise }) => promise === call.promise))];
}"""
"""Does what a schedule says, and tells what was sent, ended and joined to what."""


class Model:
    """What the policies mean, told the long way."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.joined: list[int] = []
        self.lane: list[dict[str, Any]] = []

    def submit(self, policy: str, print_: str) -> None:
        number = len(self.joined)
        same = next((one for one in self.lane if policy == "serial" and one["print"] == print_), None)
        if policy == "drop" and self.lane:
            same = self.lane[0]
        self.joined.append(number if same is None else same["number"])
        if same is not None:
            return
        one = {"number": number, "print": print_, "after": None, "sent": False}
        if policy == "latest":
            for other in self.lane:
                self.log.append(f"abort {other['number']}")
            self.lane = []
        elif policy in ("serial", "drop") and self.lane:
            one["after"] = self.lane[-1]
        self.lane.append(one)
        self.advance()

    def advance(self) -> None:
        for one in self.lane:
            if not one["sent"] and one["after"] not in self.lane:
                one["sent"] = True
                self.log.append(f"send {one['number']}")

    def end(self, at: int, is_success: bool) -> None:
        open_ = [one for one in self.lane if one["sent"]]
        if not open_:
            return
        one = open_[at % len(open_)]
        self.log.append(f"{'answer' if is_success else 'fail'} {one['number']}")
        self.lane.remove(one)
        self.advance()


def schedule(seed: int) -> list[tuple[str, Any, Any]]:
    chance = random.Random(seed)
    policies = [chance.choice(POLICIES)] if seed % 2 else POLICIES
    return [
        ("submit", chance.choice(policies), chance.choice("ab"))
        if chance.random() < 0.6
        else ("end", chance.randrange(6), chance.random() < 0.7)
        for _ in range(16)
    ]


async def test_random_schedules_go_as_the_model_says(stage: Stage) -> None:
    await stage.show("")
    for seed in range(60):
        steps = schedule(seed)
        model = Model()
        for what, one, other in steps:
            (model.submit if what == "submit" else model.end)(one, other)
        while any(one["sent"] for one in model.lane):
            model.end(0, True)
        assert await stage.run(DRIVE, steps) == [model.log, model.joined], f"seed {seed}: {steps}"


async def test_by_default_one_waits_for_the_other(stage: Stage) -> None:
    await stage.show(form(TWICE))
    first = await stage.submit("[value='1']")
    await stage.page.click("[value='2']")
    assert stage.wire.asks.empty()
    assert await stage.run("() => twofold.pending.length") == 2
    first.fail(error="No")
    second = await stage.wire.asked()
    assert [first.own, second.own] == [[("n", "1")], [("n", "2")]]
    assert first.key != second.key
    second.succeed()
    await stage.idle()


async def test_what_is_aborted_while_it_waits_is_never_sent(stage: Stage) -> None:
    await stage.show(form(TWICE))
    first = await stage.submit("[value='1']")
    await stage.run(
        """() => {
          const controller = new AbortController();
          const submitter = document.querySelector("[value='2']");
          window.seen = twofold.submit(document.forms[0], { submitter, signal: controller.signal }).catch(({ name }) => name);
          controller.abort();
        }"""
    )
    first.succeed()
    assert await stage.run("() => seen") == "AbortError"
    assert stage.wire.asks.empty()
    assert await stage.told("fallback") == []


async def test_the_same_once_more_is_the_same_submission(stage: Stage) -> None:
    await stage.show(form(TWICE))
    await stage.run("() => { window.both = [1, 2].map(() => twofold.submit(document.forms[0])); }")
    (await stage.wire.asked()).succeed(data=7)
    assert await stage.run("() => Promise.all(both)") == [7, 7]
    assert stage.wire.asks.empty()


async def test_a_double_click_is_one_submission_even_if_it_is_answered_in_between(stage: Stage) -> None:
    await stage.show(form("<button>x</button>"))
    box = await stage.at("button").bounding_box()
    assert box is not None
    await stage.page.mouse.move(box["x"] + 2, box["y"] + 2)
    await stage.page.mouse.down(click_count=1)
    await stage.page.mouse.up(click_count=1)
    (await stage.wire.asked()).succeed()
    await stage.idle()
    await stage.page.mouse.down(click_count=2)
    await stage.page.mouse.up(click_count=2)
    assert await stage.run("() => twofold.pending.length") == 0
    assert stage.wire.asks.empty()


async def test_forms_do_not_wait_for_each_other(stage: Stage) -> None:
    await stage.show(form("<button>x</button>", attributes="id=a") + form("<button>y</button>", attributes="id=b"))
    asks = [await stage.submit("#a button"), await stage.submit("#b button")]
    for ask in asks:
        ask.succeed()
    await stage.idle()


async def test_parallel_submissions_are_sent_at_once(stage: Stage) -> None:
    await stage.show(form("<button>x</button>", attributes="data-tf-concurrency=parallel"))
    asks = [await stage.submit(), await stage.submit()]
    for ask in asks:
        ask.succeed()
    await stage.idle()


async def test_the_latest_aborts_the_ones_before(stage: Stage) -> None:
    await stage.show(form(TWICE, attributes="data-tf-concurrency=latest"))
    first = await stage.submit("[value='1']")
    second = await stage.submit("[value='2']")
    await first.left.wait()
    second.succeed()
    await stage.idle()
    assert await stage.at("[role=alert]").count() == 0
    assert await stage.told("fallback") == []


async def test_what_is_dropped_gets_the_pending_answer(stage: Stage) -> None:
    await stage.show(form("<input name=a><button>x</button>", attributes="data-tf-concurrency=drop"))
    await stage.run("() => { window.first = twofold.submit(document.forms[0]); }")
    ask = await stage.wire.asked()
    await stage.at("[name=a]").fill("other")
    await stage.run("() => { window.second = twofold.submit(document.forms[0]); }")
    ask.succeed(data=1)
    assert await stage.run("() => Promise.all([first, second])") == [1, 1]
    assert stage.wire.asks.empty()
