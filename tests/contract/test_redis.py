"""Exchanges with a real server: one deadline, connections that are kept, and what happens when it breaks."""

from __future__ import annotations

import asyncio
import logging
import time

import pytest

from support.valkey import Valkey, running_valkey
from twofold.errors import ConfigurationError, StoreUnavailable
from twofold.redis import Redis, Script
from twofold.redis.breaker import FAILURES, FIRST_PAUSE_SECONDS, Breaker

ECHO = Script("#!lua\nreturn {ARGV[1], KEYS[1]}")
ECHO_OF_ONE_LIFE = Script("return KEYS[1]", is_of_one_life=True)
COUNT = Script("return redis.call('INCR', KEYS[1])", is_idempotent=False)
COUNT_TWICE = Script("return redis.call('INCR', KEYS[1]) + 0")


@pytest.fixture
async def redis(valkey: Valkey) -> Redis:
    return Redis(valkey.url)


def connections(valkey: Valkey) -> int:
    with valkey.client() as client:
        return len([one for one in client.client_list() if one["name"] == "twofold"])


async def answering(redis: Redis) -> None:
    """Wait until the server is asked again, and answers."""
    async with asyncio.timeout(10):
        while True:
            try:
                await redis.ping()
            except StoreUnavailable:
                await asyncio.sleep(0.01)
            else:
                return


async def test_a_script_runs_whether_the_server_knows_it_or_not(redis: Redis, valkey: Valkey) -> None:
    for _ in range(2):
        assert await redis.run(ECHO, ["key"], [b"\xff"]) == [b"\xff", b"{twofold}:key"]
    with valkey.client() as client:
        client.script_flush()
    assert await redis.run(ECHO, ["key"], ["text"]) == [b"text", b"{twofold}:key"]
    await redis.close()


async def test_keys_of_one_life_carry_its_name(redis: Redis, valkey: Valkey) -> None:
    with valkey.client() as client:
        run_id = client.info("server")["run_id"]
    assert await redis.run(ECHO_OF_ONE_LIFE, ["key"]) == f"{{twofold}}{run_id}:key".encode()
    await redis.close()


async def test_connections_are_kept_and_bounded(valkey: Valkey) -> None:
    redis = Redis(valkey.url, max_connections=4, deadline_seconds=10)
    for _ in range(3):
        await asyncio.gather(*(redis.run(ECHO, ["key"], ["text"]) for _ in range(50)))
    assert connections(valkey) <= 4
    await redis.close()


async def test_a_cancelled_exchange_leaves_no_answer_for_the_next(redis: Redis) -> None:
    await redis.run(ECHO, ["key"], ["warm"])
    for delay in range(20):
        task = asyncio.create_task(redis.run(ECHO, ["key"], ["cancelled"]))
        for _ in range(delay):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert (await redis.run(ECHO, ["key"], [f"text {delay}"]))[0] == f"text {delay}".encode()
    await redis.close()


@pytest.mark.parametrize("script", [COUNT, COUNT_TWICE])
async def test_broken_idle_connections_are_no_outage(redis: Redis, valkey: Valkey, script: Script) -> None:
    await asyncio.gather(*(redis.run(script, ["count"]) for _ in range(5)))
    with valkey.client() as client:
        client.client_kill_filter(_type="normal", skipme=True)
    await asyncio.sleep(0.05)
    assert await redis.run(script, ["count"]) == 6
    await redis.close()


async def test_a_restarted_server_is_another_life() -> None:
    with running_valkey() as valkey:
        redis = Redis(valkey.url)
        before = await redis.run(ECHO_OF_ONE_LIFE, ["key"])
        valkey.kill()
        valkey.start()
        assert await redis.run(ECHO_OF_ONE_LIFE, ["key"]) != before
        await redis.close()


async def test_an_outage_costs_one_deadline_then_nothing_and_ends_by_itself(caplog: pytest.LogCaptureFixture) -> None:
    with running_valkey() as valkey:
        redis = Redis(valkey.url, deadline_seconds=0.1)
        await redis.run(ECHO, ["key"], ["text"])
        valkey.pause()
        for _ in range(FAILURES):
            with pytest.raises(StoreUnavailable, match="no answer in time"):
                await redis.run(ECHO, ["key"], ["text"])
        started = time.monotonic()
        for _ in range(100):
            with pytest.raises(StoreUnavailable, match="counts as down"):
                await redis.run(ECHO, ["key"], ["text"])
        assert time.monotonic() - started < FIRST_PAUSE_SECONDS
        valkey.resume()
        await answering(redis)
        told = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
        assert len(told) == 2
        assert "no answer in time" in told[0]
        assert told[1] == "Redis answers again"
        await redis.close()


async def test_a_vital_script_is_sent_while_the_server_counts_as_down() -> None:
    vital = Script("return redis.call('INCR', KEYS[1])", is_vital=True)
    with running_valkey() as valkey:
        redis = Redis(valkey.url, deadline_seconds=0.1)
        valkey.pause()
        for _ in range(FAILURES + 1):
            with pytest.raises(StoreUnavailable):
                await redis.run(ECHO, ["key"], ["text"])
        valkey.resume()
        assert await redis.run(vital, ["count"]) >= 1
        await redis.close()


async def test_what_the_server_refuses_is_unavailable_and_told_once(
    redis: Redis, valkey: Valkey, caplog: pytest.LogCaptureFixture
) -> None:
    with valkey.client() as client:
        client.execute_command("ACL", "SETUSER", "default", "-incr")
    try:
        for _ in range(3):
            with pytest.raises(StoreUnavailable):
                await redis.run(COUNT, ["count"])
        assert await redis.run(ECHO, ["key"], ["text"])
    finally:
        with valkey.client() as client:
            client.execute_command("ACL", "SETUSER", "default", "+incr")
    assert len(caplog.records) == 1
    await redis.close()


async def test_nobody_there_is_unavailable() -> None:
    redis = Redis("redis://127.0.0.1:1/0")
    with pytest.raises(StoreUnavailable):
        await redis.ping()


@pytest.mark.parametrize("url", ["", "http://127.0.0.1", "127.0.0.1:6379", "redis://host:port"])
def test_an_url_that_names_no_server_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="URL"):
        Redis(url)


def test_a_prefix_that_would_tear_the_names_of_keys_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="cannot begin"):
        Redis("redis://127.0.0.1", prefix="a{b}")


def test_a_breaker_asks_less_and_less_often() -> None:
    now = 0.0
    breaker = Breaker(lambda: now)
    assert [breaker.fail() for _ in range(FAILURES)] == [False, False, True]
    asked = []
    for tick in range(1, 100):
        now = tick / 10
        if breaker.admits():
            asked.append(now)
            breaker.fail()
    assert asked == [0.3, 0.8, 1.8, 3.8, 5.8, 7.8, 9.8]
    assert breaker.succeed()
    assert breaker.admits()
    assert not breaker.succeed()
