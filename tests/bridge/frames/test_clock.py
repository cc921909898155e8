import itertools
import math
import random
import time
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.frames.clock import FrameClock


class Time:
    """A clock and its sleep; sleeping is all that makes time pass."""

    def __init__(self, overshoot=lambda seconds: 0.0) -> None:
        self.seconds = 5000.0
        self.naps: list[float] = []
        self._overshoot = overshoot

    def now(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        assert seconds > 0.0
        self.naps.append(seconds)
        self.seconds += max(1e-6, seconds + self._overshoot(seconds))


def clock_on(time: Time, fps: float) -> FrameClock:
    return FrameClock(fps, now=time.now, sleep=time.sleep)


# --- on time


@pytest.mark.parametrize("fps", [1, 23.976, 30, 60, 144, 240])
def test_ten_thousand_frames_do_not_drift(fps):
    """Every sleep is late by up to a tenth of a frame; no lateness is handed on."""
    noise = random.Random(1)
    time = Time(lambda _: noise.uniform(0.0, 0.1 / fps))
    clock = clock_on(time, fps)
    for n in range(10_000):
        tick = clock.wait()
        assert tick.frame == n
        assert 0.0 <= tick.now - (5000.0 + n / fps) <= 0.1 / fps + 1e-6
    assert (clock.dropped, clock.stalls) == (0, 0)


@given(fps=st.floats(1, 240), seed=st.integers(0, 1000))
def test_no_frame_begins_before_it_is_due_though_sleeps_end_early(fps, seed):
    noise = random.Random(seed)
    clock = clock_on(Time(lambda seconds: noise.uniform(-0.9, 0.1) * seconds), fps)
    for _ in range(50):
        tick = clock.wait()
        assert tick.now >= clock.start + tick.frame / fps
        assert tick.now < clock.start + (tick.frame + 1) / fps


def test_time_spent_on_a_frame_is_taken_from_the_wait():
    time = Time()
    clock = clock_on(time, 10)
    for n in range(20):
        assert clock.wait()[:2] == (n, pytest.approx(5000.0 + n / 10))
        time.seconds += 0.03
    assert sum(time.naps) == pytest.approx(19 * 0.07)


def test_the_first_frame_is_due_at_once():
    time = Time()
    assert clock_on(time, 1).wait()[:2] == (0, 5000.0)
    assert time.naps == []


def test_lateness_is_the_time_from_deadline_to_beginning():
    time = Time(lambda _: 0.004)
    clock = clock_on(time, 50)
    clock.wait()
    clock.wait()
    assert clock.lateness == pytest.approx(0.004)


# --- late


def test_frames_that_were_missed_are_dropped_and_leave_gaps_in_the_numbers():
    time = Time()
    clock = clock_on(time, 10)
    clock.wait()
    time.seconds += 0.35  # frames 1 and 2 are past; 3 was due 0.05 s ago
    assert clock.wait()[:2] == (3, pytest.approx(5000.35))
    assert clock.dropped == 2
    assert clock.wait()[:2] == (4, pytest.approx(5000.4))
    assert clock.wait()[:2] == (5, pytest.approx(5000.5))
    assert (clock.dropped, clock.stalls) == (2, 0)


@given(st.floats(1, 240), st.lists(st.floats(0.0, 0.9), max_size=30))
def test_a_late_frame_is_always_the_newest_that_is_due(fps, durations):
    time = Time()
    clock = clock_on(time, fps)
    clock.wait()
    for seconds in durations:
        time.seconds += seconds
        tick = clock.wait()
        assert -1e-6 <= tick.now - clock.start - tick.frame / fps <= 1 / fps + 1e-6
    assert clock.stalls == 0


@given(st.lists(st.floats(0.0, 3.0), max_size=30))
def test_however_long_frames_take_there_is_never_a_burst(durations):
    """Frame numbers grow, and no two frames come nearer than the schedule, whatever happens."""
    time = Time()
    clock = clock_on(time, 20)
    before = clock.wait()
    for seconds in durations:
        time.seconds += seconds
        clock.wait()
        after = clock.wait()
        assert after.frame > before.frame
        following = clock.wait()
        assert following.frame == after.frame + 1
        assert following.now - after.now == pytest.approx(1 / 20, abs=1e-5)
        before = following


# --- stalls


def test_a_stall_starts_the_schedule_anew_and_is_counted_once():
    time = Time()
    clock = clock_on(time, 10)
    clock.wait()
    clock.wait()
    time.seconds += 60.04
    stalled = clock.wait()
    assert (clock.stalls, clock.latest_stall) == (1, pytest.approx(59.94))
    assert stalled.now == pytest.approx(5060.14)
    for n in range(1, 50):
        tick = clock.wait()
        assert tick[:2] == (stalled.frame + n, pytest.approx(5060.14 + n / 10))
    assert clock.stalls == 1


def test_frame_numbers_still_tell_the_time_after_a_stall():
    time = Time()
    clock = clock_on(time, 60)
    clock.wait()
    time.seconds += 100.0
    tick = clock.wait()
    assert tick.frame == pytest.approx(100 * 60, abs=1)
    assert clock.dropped == tick.frame - 1


def test_a_second_stall_is_counted_as_a_second():
    time = Time()
    clock = clock_on(time, 10)
    for _ in range(2):
        clock.wait()
        time.seconds += 2.5
        clock.wait()
    assert clock.stalls == 2


def test_at_one_frame_a_second_a_frame_that_is_just_late_is_no_stall():
    time = Time(lambda _: 0.3)
    clock = clock_on(time, 1)
    for _ in range(20):
        clock.wait()
    assert clock.stalls == 0


# --- cut short


def test_hurry_ends_the_present_wait_soon_even_at_one_frame_a_second():
    time = Time()
    clock = clock_on(time, 1)
    clock.wait()
    nap = time.sleep

    def sleep(seconds: float) -> None:
        nap(seconds)
        if time.seconds >= 5000.25:
            clock.hurry = True

    clock._sleep = sleep
    tick = clock.wait()
    assert tick.frame == 1
    assert 5000.25 <= tick.now <= 5000.36
    assert clock.lateness == 0.0


def test_hurry_holds_for_one_wait():
    time = Time()
    clock = clock_on(time, 10)
    clock.wait()
    clock.hurry = True
    assert clock.wait()[:2] == (1, 5000.0)
    assert clock.wait()[:2] == (2, pytest.approx(5000.2))


def test_a_wait_ends_at_the_latest_moment_it_is_given():
    time = Time()
    clock = clock_on(time, 10)
    clock.wait()
    assert clock.wait(latest=5000.04)[:2] == (1, pytest.approx(5000.04))
    assert clock.lateness == 0.0
    assert clock.wait(latest=5000.9)[:2] == (2, pytest.approx(5000.2))


def test_a_latest_moment_in_the_past_does_not_wait():
    time = Time()
    clock = clock_on(time, 10)
    clock.wait()
    assert clock.wait(latest=4000.0).now == 5000.0


# --- the real clock


def test_the_real_clock_never_begins_a_frame_early():
    clock = FrameClock(240)
    for _ in range(24):
        tick = clock.wait()
        assert tick.now >= clock.start + tick.frame / 240


# --- another rate


@given(st.floats(1, 240), st.floats(1, 240), st.integers(1, 50))
def test_another_rate_holds_from_the_next_frame_on_and_loses_none(before, after, frames):
    time = Time()
    clock = clock_on(time, before)
    for _ in range(frames):
        last = clock.wait()
    clock.retime(after)
    due = clock.start + frames / before
    for n in range(10):
        assert clock.wait()[:2] == (last.frame + 1 + n, pytest.approx(due + n / after, abs=1e-4))
    assert (clock.dropped, clock.stalls) == (0, 0)


# --- the date


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the time zone can be set on POSIX alone")
@pytest.mark.parametrize("zone", ["UTC0", "IST-5:30", "NST3:30", "LINT-14"])
def test_a_frame_is_dated_by_the_wall_clock_and_the_local_time_of_day(monkeypatch, zone):
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        tick = FrameClock(60).wait()
        local = datetime.fromtimestamp(tick.timestamp)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert tick.timestamp == pytest.approx(time.time(), abs=0.05)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    assert tick.time_of_day == pytest.approx((local - midnight).total_seconds(), abs=1e-4)
    assert 0.0 <= tick.time_of_day < 86400.0


def test_dates_advance_as_finely_as_frames_do_though_the_wall_clock_is_coarse():
    time = Time()
    clock = FrameClock(120, now=time.now, sleep=time.sleep, wall=lambda: coarse(1e9 + time.now()))
    dates = [clock.wait().timestamp for _ in range(100)]
    steps = [after - before for before, after in itertools.pairwise(dates)]
    assert steps == pytest.approx([1 / 120] * 99, abs=1e-5)


@pytest.mark.parametrize("step", [3600.0, -3600.0])
def test_a_wall_clock_that_is_set_is_followed_at_once(step):
    time, set_by = Time(), [0.0]
    clock = FrameClock(60, now=time.now, sleep=time.sleep, wall=lambda: time.now() + set_by[0])
    before = clock.wait()
    set_by[0] = step
    after = clock.wait()
    assert after.timestamp - before.timestamp == pytest.approx(step + 1 / 60, abs=1e-4)
    assert after.now - before.now == pytest.approx(1 / 60, abs=1e-4)


def coarse(seconds: float) -> float:
    """As a clock tells it that advances in steps of 15.6 ms."""
    return math.floor(seconds / 0.015625) * 0.015625
