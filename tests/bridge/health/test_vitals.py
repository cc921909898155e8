"""The recent frame rate, and unique names."""

import pytest

from bridge.health.vitals import OF_LATE, told_apart


def test_the_rate_is_that_of_the_last_few_seconds(bridge):
    bridge.frames_for(20, each_second=60)
    bridge.frames_for(OF_LATE + 1, each_second=30)
    assert bridge.recent.rate == pytest.approx(30, rel=0.01)


def test_there_is_no_rate_before_the_first_second(bridge):
    assert bridge.recent.rate is None
    bridge.frames_for(0.5, each_second=60)
    assert bridge.recent.rate is None
    bridge.frames_for(1, each_second=60)
    assert bridge.recent.rate == pytest.approx(60)


def test_the_rate_counts_what_came_since_the_last_look(bridge):
    bridge.frames_for(OF_LATE, each_second=60)
    bridge.now += OF_LATE
    assert bridge.recent.rate == pytest.approx(30)


def test_samples_of_a_whole_day_take_no_more_memory_than_those_of_a_minute(bridge):
    bridge.frames_for(60, each_second=60)
    looks = len(bridge.recent._looks)
    bridge.frames_for(86_400 / 10, each_second=60)
    assert len(bridge.recent._looks) == looks


def test_parts_of_one_name_are_numbered():
    assert told_apart(["vmc", "osc", "vmc", "vmc"]) == ["vmc", "osc", "vmc (2)", "vmc (3)"]
    assert told_apart(["vmc", "vmc", "vmc (2)"]) == ["vmc", "vmc (2)", "vmc (2) (2)"]


def test_long_names_that_differ_only_at_the_end_are_cut_and_still_unique():
    told = told_apart(["topic/" + "x" * 1000 + end for end in "abc"])
    assert len(set(told)) == 3
    assert max(map(len, told)) < 130
