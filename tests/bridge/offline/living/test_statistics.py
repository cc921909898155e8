"""Half an hour of a living face is like people and like the recording."""

from bridge.offline.living.statistics import EYES, SKIN, Statistic, statistics


def test_every_statistic_is_within_the_published_or_recorded_range(half_an_hour):
    assert [one for one in half_an_hour if not one.met] == []


def test_everything_that_was_asked_for_is_measured(half_an_hour):
    measured = "\n".join(one.what for one in half_an_hour)
    for what in (
        "blinks a minute at rest",
        "while speaking",
        "partial",
        "double",
        "close in",
        "open in",
        "50 % of the power",
        "90 % of the power",
        "saccade",
        "eye contact",
        *SKIN,
        *EYES,
    ):
        assert what in measured


def test_another_seed_is_within_the_ranges_too():
    missed = [one.what for one in statistics(minutes=15.0, seed=2) if not one.met]
    assert missed == []


def test_a_figure_outside_of_its_range_is_missed():
    assert Statistic("", (0.5, 0.6), "", 0.4, 0.6, "").met
    assert not Statistic("", (0.5, 0.61), "", 0.4, 0.6, "").met
    assert not Statistic("", (0.39,), "", 0.4, 0.6, "").met
