import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Callable

import pytest

from bridge.supervision.supervised import State, Supervised, Unavailable


class Scripted:
    """A part that plays one act each time it is run, then ends normally.

    An act is an exception, raised at once, or a function, called with `up`.
    """

    name = "mqtt broker:1883"

    def __init__(self, *acts: Exception | Callable) -> None:
        self.acts = list(acts)
        self.runs = 0

    async def run(self, up: Callable[[], None]) -> None:
        self.runs += 1
        if not self.acts:
            return
        act = self.acts.pop(0)
        if isinstance(act, Exception):
            raise act
        act(up)


class Endless:
    """A part that works until it is cancelled."""

    name = "osc 127.0.0.1:9130"

    def __init__(self) -> None:
        self.cancelled = False

    async def run(self, up: Callable[[], None]) -> None:
        up()
        try:
            await asyncio.Event().wait()
        finally:
            self.cancelled = True


def up_then(problem: Exception) -> Callable:
    def act(up: Callable[[], None]) -> None:
        up()
        raise problem

    return act


@pytest.fixture
def delays(monkeypatch) -> list[float]:
    """The delays passed to asyncio.sleep, which does not sleep."""
    asked: list[float] = []
    really_sleep = asyncio.sleep

    async def sleep(seconds: float) -> None:
        asked.append(seconds)
        await really_sleep(0)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    return asked


@pytest.fixture
def longest(monkeypatch) -> None:
    """The random delay is always the longest."""
    monkeypatch.setattr(random, "uniform", lambda low, high: high)


@pytest.fixture
def log(caplog) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG, "bridge.supervision.supervised")
    return caplog


# --- delays


@pytest.mark.usefixtures("longest")
async def test_delays_double_up_to_thirty_seconds(delays):
    await Supervised(Scripted(*[Unavailable("refused")] * 9)).run()
    assert delays == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]


async def test_delays_are_jittered_over_the_whole_span_below_their_ceiling(delays):
    random.seed(1)
    await Supervised(Scripted(*[Unavailable("refused")] * 300)).run()
    assert all(0.0 <= delay <= 30.0 for delay in delays)
    at_the_cap = delays[10:]
    assert min(at_the_cap) < 3.0
    assert max(at_the_cap) > 27.0
    assert sum(at_the_cap) / len(at_the_cap) == pytest.approx(15.0, abs=2.5)


async def test_thousands_of_failures_do_not_overflow_the_delay(delays):
    await Supervised(Scripted(*[Unavailable("refused")] * 3000)).run()
    assert len(delays) == 3000


@pytest.mark.usefixtures("longest")
async def test_what_will_not_help_soon_waits_the_longest_at_once(delays):
    refused = Unavailable("password refused", hopeless=True)
    await Supervised(Scripted(refused, refused)).run()
    assert delays == [30.0, 30.0]


async def test_a_hopeless_wait_is_not_shortened_by_chance(delays):
    refused = Unavailable("password refused", hopeless=True)
    await Supervised(Scripted(*[refused] * 20)).run()
    assert delays == [30.0] * 20


@pytest.mark.usefixtures("longest")
@pytest.mark.parametrize("problem", [Unavailable("kicked out"), RuntimeError("crash")])
async def test_a_part_that_fails_each_time_it_has_come_up_waits_longer_each_time(delays, problem):
    await Supervised(Scripted(*[up_then(problem)] * 4)).run()
    assert delays == [0.5, 1.0, 2.0, 4.0]


@pytest.mark.usefixtures("longest")
async def test_after_a_good_hour_the_delays_begin_small_again(delays, monkeypatch):
    real, later = time.perf_counter, [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: real() + later[0])

    def a_good_hour(up: Callable[[], None]) -> None:
        up()
        later[0] += 3600.0
        raise Unavailable("gone")

    gone = Unavailable("refused")
    await Supervised(Scripted(gone, gone, gone, a_good_hour, gone)).run()
    assert delays == [0.5, 1.0, 2.0, 0.5, 1.0]


# --- log lines


async def test_one_line_says_that_a_part_is_away_and_one_that_it_is_back(delays, log):
    away = Unavailable("no broker at broker:1883")
    await Supervised(Scripted(*[away] * 5, up_then(away), *[away] * 3)).run()
    assert [record.levelname for record in log.records] == ["WARNING", "INFO", "WARNING"]
    for line in log.messages:
        assert "mqtt broker:1883" in line
    assert "no broker at broker:1883" in log.messages[0]
    assert "up" in log.messages[1]


async def test_a_refused_password_after_an_absence_is_a_change_worth_a_line(delays, log):
    away, refused = Unavailable("no broker"), Unavailable("password refused", hopeless=True)
    await Supervised(Scripted(away, away, refused, refused, away, away)).run()
    assert len(log.messages) == 3
    assert "password refused" in log.messages[1]


async def test_another_cause_is_logged_and_two_that_alternate_do_not_fill_the_log(delays, log):
    refused = Unavailable("no connection to the broker at broker:1883: connection refused")
    expired = Unavailable("no connection to the broker at broker:1883: certificate has expired")
    await Supervised(Scripted(refused, refused, *[expired, refused] * 50)).run()
    assert len(log.messages) <= 5
    assert "connection refused" in log.messages[0]
    assert "certificate has expired" in log.messages[1]


async def test_a_cause_is_logged_again_after_the_part_was_up(delays, log):
    refused, expired = Unavailable("connection refused"), Unavailable("certificate has expired")
    await Supervised(Scripted(refused, expired, up_then(expired), refused)).run()
    assert [m.split(": ", 1)[1].split(";")[0] for m in log.messages] == [
        "connection refused",
        "certificate has expired",
        "up",
        "certificate has expired",
        "connection refused",
    ]


async def test_a_cause_that_differs_each_time_does_not_fill_the_log(delays, log, monkeypatch):
    real, later = time.perf_counter, [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: real() + later[0])

    def fail(number: int) -> Callable:
        def act(up: Callable[[], None]) -> None:
            later[0] += 30.0
            raise Unavailable(f"request {number} timed out")

        return act

    await Supervised(Scripted(*map(fail, range(120)))).run()  # an hour
    assert 5 <= len(log.messages) <= 5 + 12


async def test_a_crash_is_logged_with_its_traceback_and_the_part_runs_again(delays, log):
    crash = ZeroDivisionError("on purpose")
    part = Scripted(crash)
    supervised = Supervised(part)
    await supervised.run()
    (record,) = log.records
    assert record.levelno == logging.ERROR
    assert record.exc_info[1] is crash
    assert "mqtt broker:1883" in record.getMessage()
    assert "Traceback" in log.text
    assert (part.runs, supervised.failures) == (2, 1)


async def test_a_known_reason_is_logged_without_a_traceback(delays, log):
    await Supervised(Scripted(Unavailable("port taken"))).run()
    assert log.records[0].exc_info is None


# --- states


async def test_the_state_follows_the_part(monkeypatch):
    seen = []
    really_sleep = asyncio.sleep

    async def sleep(_: float) -> None:
        seen.append(supervised.state)
        await really_sleep(0)

    def look(up: Callable[[], None]) -> None:
        seen.append(supervised.state)
        up()
        seen.append(supervised.state)
        raise Unavailable("gone")

    monkeypatch.setattr(asyncio, "sleep", sleep)
    supervised = Supervised(Scripted(look, look))
    assert supervised.state is State.STARTING
    await supervised.run()
    assert seen == [
        State.STARTING,
        State.UP,
        State.WAITING,
        State.WAITING,
        State.UP,
        State.WAITING,
    ]
    assert supervised.state is State.ENDED


@pytest.mark.parametrize("act", [lambda up: up(), Unavailable("gone"), RuntimeError("crash")])
async def test_the_first_start_settles_whether_it_succeeds_or_fails(act, delays):
    supervised = Supervised(Scripted(act))
    assert not supervised.settled.is_set()
    await supervised.run()
    assert supervised.settled.is_set()


async def test_a_part_that_only_waits_has_settled_once_it_is_up_and_not_ended():
    supervised = Supervised(Endless())
    task = asyncio.create_task(supervised.run())
    await asyncio.wait_for(supervised.settled.wait(), 10)
    assert supervised.state is State.UP
    assert not supervised.ended.is_set()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def test_a_normal_end_is_the_end(delays):
    part = Scripted(lambda up: up())
    supervised = Supervised(part)
    await supervised.run()
    assert (part.runs, supervised.failures, delays) == (1, 0, [])
    assert supervised.ended.is_set()


async def test_a_failure_is_not_the_end():
    supervised = Supervised(Scripted(*[Unavailable("gone", hopeless=True)] * 9))
    task = asyncio.create_task(supervised.run())
    await asyncio.wait_for(supervised.settled.wait(), 10)
    assert supervised.state is State.WAITING
    assert not supervised.ended.is_set()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert supervised.state is State.STOPPED


async def test_cancelling_stops_the_part_and_is_no_crash(log):
    part = Endless()
    supervised = Supervised(part)
    task = asyncio.create_task(supervised.run())
    await asyncio.wait_for(supervised.settled.wait(), 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert part.cancelled
    assert supervised.failures == 0
    assert supervised.state is State.STOPPED
    assert [record.levelname for record in log.records] == ["INFO"]


async def test_one_parts_crash_leaves_the_others_alone(delays):
    well = Supervised(Endless())
    ill = Supervised(Scripted(*[RuntimeError("crash")] * 3))
    task = asyncio.create_task(well.run())
    await ill.run()
    assert (well.state, ill.failures) == (State.UP, 3)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


# --- crashed too often


async def test_a_part_that_crashes_again_and_again_stays_stopped(delays, log):
    part = Scripted(*[RuntimeError("broken")] * 100)
    supervised = Supervised(part)
    await supervised.run()
    assert supervised.state is State.FAILED
    assert supervised.settled.is_set()
    assert not supervised.ended.is_set()
    assert part.runs == 5
    assert len(delays) == 4
    [loud] = [record for record in log.records if record.levelno == logging.CRITICAL]
    assert "stopped after 5 crashes" in loud.getMessage()
    assert loud.exc_info is not None


@pytest.mark.usefixtures("delays")
async def test_crashes_that_lie_far_apart_are_not_counted_together(monkeypatch):
    real, hours = time.perf_counter, [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: real() + hours[0])

    def an_hour_later(up: Callable[[], None]) -> None:
        hours[0] += 3600.0
        raise RuntimeError("now and then")

    supervised = Supervised(Scripted(*[an_hour_later] * 20))
    await supervised.run()
    assert supervised.state is State.ENDED


@pytest.mark.usefixtures("delays")
async def test_an_unavailable_part_is_retried_for_ever():
    supervised = Supervised(Scripted(*[Unavailable("refused")] * 500))
    await supervised.run()
    assert supervised.state is State.ENDED


# --- since when, and why


@pytest.fixture
def clock(monkeypatch) -> list[float]:
    """The time, which tests move."""
    now = [1000.0]
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])
    return now


@pytest.mark.usefixtures("delays")
async def test_a_part_is_away_since_it_was_last_up_however_often_it_is_tried(clock):
    seen: list[tuple[float, State]] = []

    def unavailable(_: Callable[[], None]) -> None:
        seen.append((supervised.since, supervised.state))
        clock[0] += 10.0
        raise Unavailable("refused")

    def up_for_a_while(up: Callable[[], None]) -> None:
        up()
        seen.append((supervised.since, supervised.state))
        clock[0] += 100.0
        raise Unavailable("gone")

    supervised = Supervised(Scripted(unavailable, unavailable, up_for_a_while, unavailable))
    await supervised.run()
    assert seen == [
        (1000.0, State.STARTING),
        (1000.0, State.WAITING),
        (1020.0, State.UP),
        (1120.0, State.WAITING),
    ]
    assert (supervised.since, supervised.state) == (1130.0, State.ENDED)


@pytest.mark.usefixtures("delays")
async def test_the_problem_of_a_part_is_kept_until_it_is_up():
    problems: list[str] = []

    def note_and(problem: Exception) -> Callable:
        def act(up: Callable[[], None]) -> None:
            problems.append(supervised.problem)
            raise problem

        return act

    def up(up: Callable[[], None]) -> None:
        problems.append(supervised.problem)
        up()
        problems.append(supervised.problem)

    acts = [note_and(Unavailable("no broker there")), note_and(KeyError("what was sent")), up]
    supervised = Supervised(Scripted(*acts))
    await supervised.run()
    assert problems == ["", "no broker there", "crashed (KeyError)", ""]
