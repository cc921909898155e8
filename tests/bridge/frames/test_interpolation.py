import itertools
import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.frames.interpolation import Exponential, Immediate, Linear, OneEuro, Spring

KINDS = {
    "spring": Spring,
    "exponential": Exponential,
    "linear": Linear,
    "one_euro": OneEuro,
    "one_euro with beta": lambda: OneEuro(min_cutoff=1.0, beta=0.5),
    "none": Immediate,
}
MOVING = [kind for kind in KINDS if kind != "none"]
FADING = ["spring", "exponential", "linear"]
NEUTRAL = (0.0, 0.0, 0.0)
HAPPY = (0.8, 0.6, 0.5)
ROUNDING = 1e-12

AXES = st.floats(-1, 1)
GOALS = st.tuples(AXES, AXES, AXES)
FADES = st.none() | st.just(0.0) | st.floats(0.001, 5)
TIME_STEPS = st.just(0.0) | st.floats(1e-6, 0.5)


def one_row(kind: str):
    """An interpolation of this kind with one stream at neutral."""
    interpolation = KINDS[kind]()
    interpolation.add_rows(1)
    return interpolation


def moved(interpolation, seconds: float, steps: int = 1) -> list[float]:
    for _ in range(steps):
        interpolation.advance(seconds / steps)
    return interpolation.value[0].tolist()


# --- the frame rate

SCHEDULES = st.lists(st.tuples(st.integers(1, 12), GOALS, FADES), min_size=1, max_size=5)
"""(thirtieths of a second until the next goal, goal, fade)"""


def curve(kind: str, schedule, fps: int) -> list[list[float]]:
    """The value at every thirtieth of a second."""
    interpolation = one_row(kind)
    points = []
    for thirtieths, goal, fade in schedule:
        interpolation.retarget(0, goal, fade)
        for _ in range(thirtieths):
            points.append(moved(interpolation, 1 / 30, fps // 30))
    return points


@pytest.mark.parametrize("kind", KINDS)
@given(schedule=SCHEDULES)
def test_30_60_and_120_frames_a_second_trace_the_same_curve(kind, schedule):
    at_30 = np.array(curve(kind, schedule, 30))
    for fps in (60, 120):
        np.testing.assert_allclose(np.array(curve(kind, schedule, fps)), at_30, atol=1e-9)


@pytest.mark.parametrize("kind", KINDS)
@given(goal=GOALS, fade=FADES, cuts=st.lists(st.floats(0.001, 0.999), max_size=6, unique=True))
def test_uneven_time_steps_arrive_where_one_long_step_does(kind, goal, fade, cuts):
    straight, uneven = one_row(kind), one_row(kind)
    straight.retarget(0, goal, fade)
    uneven.retarget(0, goal, fade)
    times = [0.0, *sorted(cuts), 1.0]
    for begin, end in itertools.pairwise(times):
        uneven.advance(end - begin)
    np.testing.assert_allclose(uneven.value, straight.advance(1.0), atol=1e-9)


# --- bounds


@given(
    goal=GOALS,
    fade=FADES,
    steps=st.lists(TIME_STEPS, min_size=1, max_size=30),
)
def test_a_spring_started_from_rest_comes_nearer_with_each_step_and_never_passes(goal, fade, steps):
    spring = one_row("spring")
    spring.retarget(0, goal, fade)
    way_left = np.abs(goal)
    for dt in steps:
        value = spring.advance(dt)[0]
        assert np.all(np.abs(value) <= np.abs(goal) + ROUNDING)
        assert np.all(value * goal >= -ROUNDING)
        still_left = np.abs(goal - value)
        assert np.all(still_left <= way_left + ROUNDING)
        way_left = still_left


MOVEMENTS = st.lists(
    st.tuples(GOALS, FADES, st.lists(TIME_STEPS, min_size=1, max_size=4)),
    min_size=1,
    max_size=8,
)
"""Goals that change in mid-movement: (goal, fade, time steps)"""


@pytest.mark.parametrize("kind", KINDS)
@given(movements=MOVEMENTS)
def test_every_kind_stays_between_the_least_and_the_greatest_of_its_goals(kind, movements):
    interpolation = one_row(kind)
    goals = [NEUTRAL]
    for goal, fade, steps in movements:
        interpolation.retarget(0, goal, fade)
        goals.append(goal)
        for dt in steps:
            value = interpolation.advance(dt)[0]
            assert np.all(value >= np.min(goals, axis=0) - ROUNDING)
            assert np.all(value <= np.max(goals, axis=0) + ROUNDING)


@pytest.mark.parametrize("kind", FADING)
@given(movements=MOVEMENTS, towards=GOALS)
def test_kinds_that_move_all_axes_alike_stay_within_the_hull_of_their_goals(
    kind, movements, towards
):
    """Seen from any direction, no value lies beyond the farthest goal."""
    interpolation = one_row(kind)
    farthest = 0.0
    for goal, fade, steps in movements:
        interpolation.retarget(0, goal, fade)
        farthest = max(farthest, float(np.dot(goal, towards)))
        for dt in steps:
            assert np.dot(interpolation.advance(dt)[0], towards) <= farthest + ROUNDING


@pytest.mark.parametrize("kind", KINDS)
def test_a_step_of_an_hour_ends_at_the_goal(kind):
    interpolation = one_row(kind)
    interpolation.retarget(0, HAPPY, None)
    assert moved(interpolation, 3600.0) == pytest.approx(HAPPY, abs=1e-9)
    assert moved(interpolation, 3600.0) == pytest.approx(HAPPY, abs=1e-9)


# --- from the value shown now


@pytest.mark.parametrize("kind", MOVING)
@given(before=MOVEMENTS, goal=GOALS)
def test_a_new_goal_makes_no_jump(kind, before, goal):
    interpolation = one_row(kind)
    for earlier, fade, steps in before:
        interpolation.retarget(0, earlier, fade)
        for dt in steps:
            interpolation.advance(dt)
    shown = interpolation.value.copy()
    interpolation.retarget(0, goal, None)
    np.testing.assert_array_equal(interpolation.value, shown)
    np.testing.assert_allclose(interpolation.advance(0.0), shown, atol=ROUNDING)
    assert np.all(np.abs(interpolation.advance(1e-4) - shown) < 0.01)


@pytest.mark.parametrize("kind", MOVING)
def test_a_stream_at_its_goal_stays_there(kind):
    interpolation = one_row(kind)
    interpolation.retarget(0, HAPPY, 0.1)
    moved(interpolation, 30.0, 3000)
    interpolation.retarget(0, HAPPY, 2.0)
    assert moved(interpolation, 1.0, 60) == pytest.approx(HAPPY, abs=1e-9)


def test_none_is_at_its_goal_with_the_next_frame():
    interpolation = one_row("none")
    interpolation.retarget(0, HAPPY, 5.0)
    assert interpolation.advance(0.0)[0].tolist() == list(HAPPY)
    interpolation.retarget(0, NEUTRAL, None)
    assert interpolation.advance(1 / 60)[0].tolist() == list(NEUTRAL)


# --- the spring


def holden_spring(x: float, v: float, goal: float, half_life: float, dt: float):
    """Position and velocity after `dt`: the closed form of Holden's "Spring-It-On"."""
    y = 2 * math.log(2) / half_life
    j = v + (x - goal) * y
    e = math.exp(-y * dt)
    return e * ((x - goal) + j * dt) + goal, e * (v - j * y * dt)


@given(
    half_life=st.floats(0.02, 2),
    course=st.lists(st.tuples(AXES, st.lists(TIME_STEPS, min_size=1, max_size=4)), max_size=5),
)
def test_the_spring_is_holdens_closed_form_also_when_the_goal_changes(half_life, course):
    spring = Spring(onset=half_life, release=half_life)
    spring.add_rows(1)
    x = v = 0.0
    for goal, steps in course:
        spring.retarget(0, (goal, 0.0, -goal), None)
        for dt in steps:
            x, v = holden_spring(x, v, goal, half_life, dt)
            assert spring.advance(dt)[0] == pytest.approx((x, 0.0, -x), abs=1e-9)


def test_a_spring_may_start_from_rest_anywhere():
    spring = Spring(onset=0.1, release=0.1)
    spring.add_rows(1)
    spring.start_at(0, np.array(HAPPY))
    assert spring.value[0].tolist() == list(HAPPY)
    spring.retarget(0, NEUTRAL, None)
    x, v = 0.8, 0.0
    for _ in range(30):
        x, v = holden_spring(x, v, 0.0, 0.1, 1 / 60)
        assert spring.advance(1 / 60)[0, 0] == pytest.approx(x, abs=1e-9)


def test_a_spring_leaves_softly_and_an_exponential_at_full_speed():
    first_steps = {}
    for kind in ("spring", "exponential"):
        interpolation = one_row(kind)
        interpolation.retarget(0, (1.0, 0.0, 0.0), None)
        first, second = (moved(interpolation, 0.001)[0] for _ in range(2))
        first_steps[kind] = (first, second - first)
    assert first_steps["spring"][0] < first_steps["spring"][1]
    assert first_steps["exponential"][0] > first_steps["exponential"][1]


# --- the exponential, onset and release


def test_an_exponential_covers_half_the_way_in_each_half_life():
    exponential = Exponential(onset=0.2, release=0.5)
    exponential.add_rows(1)
    exponential.retarget(0, (1.0, 0.0, 0.0), None)
    assert moved(exponential, 0.2, 7)[0] == pytest.approx(0.5)
    assert moved(exponential, 0.2, 7)[0] == pytest.approx(0.75)
    moved(exponential, 60.0)
    exponential.retarget(0, NEUTRAL, None)
    assert moved(exponential, 0.5, 7)[0] == pytest.approx(0.5)


@pytest.mark.parametrize("kind", [Spring, Exponential])
def test_a_feeling_grows_with_the_onset_and_fades_with_the_release(kind):
    """With a release three times the onset, fading is growing upside down, three times slower."""
    interpolation = kind(onset=0.1, release=0.3)
    interpolation.add_rows(1)
    interpolation.retarget(0, HAPPY, None)
    grown = [moved(interpolation, 0.02)[0] for _ in range(20)]
    moved(interpolation, 60.0)
    interpolation.retarget(0, NEUTRAL, None)
    faded = [0.8 - moved(interpolation, 0.06)[0] for _ in range(20)]
    assert faded == pytest.approx(grown, abs=1e-9)


@pytest.mark.parametrize("kind", [Spring, Exponential])
@pytest.mark.parametrize(
    ("goal", "slow"), [((0.7, 0.0, 0.0), False), ((0.1, 0.0, 0.0), True), ((0, -0.9, 0.0), False)]
)
def test_whether_a_feeling_grows_or_fades_is_seen_from_the_value_shown_now(kind, goal, slow):
    quick_onset = kind(onset=0.01, release=10.0)
    quick_onset.add_rows(1)
    quick_onset.retarget(0, (0.5, 0.0, 0.0), None)
    moved(quick_onset, 60.0)
    quick_onset.retarget(0, goal, None)
    arrived = moved(quick_onset, 0.5) == pytest.approx(list(goal), abs=1e-6)
    assert arrived is not slow


@pytest.mark.parametrize("kind", [Spring, Exponential])
def test_on_the_way_to_a_strong_feeling_a_weaker_one_still_grows(kind):
    interpolation = kind(onset=0.01, release=10.0)
    interpolation.add_rows(1)
    interpolation.retarget(0, (0.9, 0.0, 0.0), 10.0)
    assert moved(interpolation, 0.5)[0] < 0.5
    interpolation.retarget(0, (0.6, 0.0, 0.0), None)
    assert moved(interpolation, 0.5)[0] == pytest.approx(0.6, abs=1e-6)


# --- fade


@pytest.mark.parametrize("kind", ["spring", "exponential"])
@pytest.mark.parametrize("fade", [0.05, 0.6, 5.0])
def test_a_fade_covers_99_percent_of_the_way(kind, fade):
    interpolation = one_row(kind)
    interpolation.retarget(0, (1.0, -0.5, 0.2), fade)
    assert moved(interpolation, fade, 13) == pytest.approx((0.99, -0.495, 0.198), abs=1e-6)


def test_a_linear_fade_is_a_steady_speed_and_arrives_in_exactly_that_time():
    linear = one_row("linear")
    linear.retarget(0, (1.0, -0.5, 0.25), 0.5)
    shown = [linear.advance(1 / 64)[0].tolist() for _ in range(34)]
    for n, value in enumerate(shown[:31], start=1):
        part = n / 32
        assert value == pytest.approx((part, -0.5 * part, 0.25 * part), abs=1e-9)
    assert shown[31] == shown[32] == shown[33] == [1.0, -0.5, 0.25]


def test_linear_without_a_fade_takes_its_own_time():
    linear = Linear(fade=0.25)
    linear.add_rows(1)
    linear.retarget(0, (1.0, 0.0, 0.0), None)
    assert moved(linear, 0.125)[0] == pytest.approx(0.5)
    assert moved(linear, 0.125)[0] == 1.0


def test_linear_starts_anew_from_the_value_shown_when_the_goal_changes():
    linear = one_row("linear")
    linear.retarget(0, (1.0, 0.0, 0.0), 1.0)
    assert moved(linear, 0.5)[0] == pytest.approx(0.5)
    linear.retarget(0, (-0.5, 0.0, 0.0), 2.0)
    assert moved(linear, 1.0)[0] == pytest.approx(0.0)
    assert moved(linear, 1.0)[0] == -0.5


@pytest.mark.parametrize("kind", FADING)
def test_a_fade_of_no_time_is_there_with_the_next_frame(kind):
    interpolation = one_row(kind)
    interpolation.retarget(0, HAPPY, 0.0)
    assert moved(interpolation, 1 / 240) == pytest.approx(HAPPY, abs=1e-9)


# --- One Euro


def plain_one_euro(samples, rate, min_cutoff, beta, derivative_cutoff=1.0, oversampling=100):
    """The filter as its authors' first programs have it, run at a very small time step: speed from
    one raw sample to the next, first-order smoothing factors."""

    def alpha(cutoff: float) -> float:
        tau = 1 / (2 * math.pi * cutoff)
        return 1 / (1 + tau / step)

    step = 1 / rate / oversampling
    filtered = raw_before = speed = 0.0
    shown = []
    for sample in samples:
        for _ in range(oversampling):
            raw_speed = (sample - raw_before) / step
            raw_before = sample
            speed += (raw_speed - speed) * alpha(derivative_cutoff)
            filtered += (sample - filtered) * alpha(min_cutoff + beta * abs(speed))
        shown.append(filtered)
    return shown


@pytest.mark.parametrize("beta", [0.0, 0.2, 1.0])
def test_one_euro_agrees_with_a_plain_one_at_a_tiny_time_step(beta):
    noise = random.Random(7)
    samples = [0.6 * math.sin(n / 20) + noise.uniform(-0.05, 0.05) for n in range(180)]
    one_euro = OneEuro(min_cutoff=1.0, beta=beta, derivative_cutoff=1.0)
    one_euro.add_rows(1)
    shown = []
    for sample in samples:
        one_euro.retarget(0, (sample, -sample, 0.0), None)
        value = one_euro.advance(1 / 60)[0].tolist()
        assert value == pytest.approx([value[0], -value[0], 0.0])
        shown.append(value[0])
    assert shown == pytest.approx(plain_one_euro(samples, 60, 1.0, beta), abs=0.01)


def test_one_euro_steadies_a_noisy_sensor():
    noise = random.Random(3)
    one_euro = one_row("one_euro")
    shown = []
    for _ in range(600):
        one_euro.retarget(0, (0.5 + noise.uniform(-0.1, 0.1), 0.0, 0.0), None)
        shown.append(one_euro.advance(1 / 60)[0, 0])
    assert np.std(shown[120:]) < 0.1 / math.sqrt(3) / 3  # a third of the noise's own
    assert np.mean(shown[120:]) == pytest.approx(0.5, abs=0.02)


def test_beta_lessens_the_lag_of_a_quick_turn():
    steady, quick = OneEuro(beta=0.0), OneEuro(beta=1.0)
    for one_euro in (steady, quick):
        one_euro.add_rows(1)
        one_euro.retarget(0, (1.0, 0.0, 0.0), None)
    assert moved(quick, 0.1, 6)[0] > moved(steady, 0.1, 6)[0] + 0.1


def test_one_euro_at_rest_has_the_half_life_of_its_lowest_cutoff():
    one_euro = OneEuro(min_cutoff=0.5)
    one_euro.add_rows(1)
    one_euro.retarget(0, (1.0, 0.0, 0.0), None)
    # a first-order low-pass covers 1 - 1/e of the way in tau = 1 / (2 pi cutoff)
    assert moved(one_euro, 1 / math.pi, 20)[0] == pytest.approx(1 - math.exp(-1))


# --- rows


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_added_later_starts_at_neutral_and_disturbs_no_other(kind):
    alone, joined = one_row(kind), one_row(kind)
    for interpolation in (alone, joined):
        interpolation.retarget(0, HAPPY, 1.0)
        interpolation.advance(0.2)
    joined.add_rows(1)
    assert joined.value.shape == (2, 3)
    assert joined.value[1].tolist() == list(NEUTRAL)
    joined.advance(0.1)
    assert joined.value[1].tolist() == list(NEUTRAL)
    joined.retarget(1, (-1.0, 0.0, 0.0), None)
    alone.advance(0.1)
    for _ in range(5):
        alone.advance(0.1)
        joined.advance(0.1)
    np.testing.assert_allclose(joined.value[0], alone.value[0], atol=ROUNDING)
    assert joined.value[1, 0] < -0.3


@pytest.mark.parametrize("kind", KINDS)
def test_without_any_stream_there_is_nothing_to_move(kind):
    assert KINDS[kind]().advance(1 / 60).shape == (0, 3)


@pytest.mark.parametrize("kind", KINDS)
def test_a_thousand_streams_move_like_one(kind):
    many, single = KINDS[kind](), one_row(kind)
    for row in range(1000):
        many.add_rows(1)
        many.retarget(row, HAPPY, None)
    single.retarget(0, HAPPY, None)
    for _ in range(10):
        value = many.advance(1 / 60)
        single.advance(1 / 60)
    np.testing.assert_allclose(value, np.tile(single.value, (1000, 1)), atol=ROUNDING)


# --- rows


@pytest.mark.parametrize("kind", KINDS)
@given(goals=st.lists(GOALS, min_size=3, max_size=3), row=st.integers(0, 2))
def test_a_row_that_is_removed_leaves_the_movement_of_the_others_as_it_was(kind, goals, row):
    three, alone = KINDS[kind](), {n: one_row(kind) for n in range(3) if n != row}
    for n, goal in enumerate(goals):
        three.add_rows(1)
        three.retarget(n, goal, None)
        if n in alone:
            alone[n].retarget(0, goal, None)
    three.advance(0.05)
    three.remove_rows([row])
    three.advance(0.05)
    for place, (_, one) in enumerate(sorted(alone.items())):
        one.advance(0.05)
        one.advance(0.05)
        assert three.value[place] == pytest.approx(one.value[0])
    assert len(three.value) == 2


# --- at rest


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_comes_to_rest_exactly_at_its_goal(kind):
    interpolation = one_row(kind)
    interpolation.retarget(0, HAPPY, None)
    moved(interpolation, 20.0, steps=1200)
    assert interpolation.at_rest
    assert tuple(interpolation.value[0]) == HAPPY


@pytest.mark.parametrize("kind", MOVING)
def test_what_is_still_on_its_way_is_not_at_rest(kind):
    interpolation = one_row(kind)
    interpolation.add_rows(1)
    interpolation.retarget(0, HAPPY, 0.01)
    interpolation.retarget(1, HAPPY, 5.0 if kind in FADING else None)
    steps = [*(moved(interpolation, 1 / 60) for _ in range(16))]
    assert not interpolation.at_rest
    assert steps[-1] != list(HAPPY) or interpolation.value[1].tolist() != list(HAPPY)


@pytest.mark.parametrize("kind", MOVING)
@pytest.mark.parametrize("change", ["retarget", "start_at", "add_rows", "resize"])
def test_whatever_changes_ends_the_rest(kind, change):
    interpolation = one_row(kind)
    interpolation.retarget(0, HAPPY, None)
    moved(interpolation, 20.0, steps=1200)
    assert interpolation.at_rest
    arguments = {
        "retarget": (0, NEUTRAL, None),
        "start_at": (0, np.zeros(3)),
        "add_rows": (1,),
        "resize": (12,),
    }
    getattr(interpolation, change)(*arguments[change])
    assert not interpolation.at_rest
    before = interpolation.value[0].tolist()
    interpolation.advance(1 / 60)
    if change == "retarget":
        assert interpolation.value[0].tolist() != before


@pytest.mark.parametrize("kind", MOVING)
def test_a_rest_in_between_changes_no_movement(kind):
    """One stream rests and starts again, beside another that keeps both from resting."""
    rested, restless = one_row(kind), one_row(kind)
    restless.add_rows(1)
    for interpolation in (rested, restless):
        interpolation.retarget(0, HAPPY, None)
    for step in range(1500):
        restless.start_at(1, np.full(3, step / 2000))
        assert not restless.at_rest
        moved(rested, 1 / 60)
        moved(restless, 1 / 60)
    assert rested.at_rest
    for interpolation in (rested, restless):
        interpolation.retarget(0, NEUTRAL, None)
    for _ in range(60):
        assert moved(rested, 1 / 60) == pytest.approx(moved(restless, 1 / 60), abs=ROUNDING)


# --- a single stream


@given(st.lists(st.tuples(st.integers(1, 12), GOALS, FADES), min_size=1, max_size=5))
def test_a_single_stream_moves_as_it_does_beside_others(schedule):
    """The spring of a single stream is computed in another way."""
    alone, beside = one_row("spring"), one_row("spring")
    beside.add_rows(1)
    beside.retarget(1, HAPPY, 100.0)
    for frames, goal, fade in schedule:
        alone.retarget(0, goal, fade)
        beside.retarget(0, goal, fade)
        for _ in range(frames):
            moved(alone, 1 / 30)
            moved(beside, 1 / 30)
            assert alone.value[0] == pytest.approx(beside.value[0], abs=ROUNDING)
