"""When the bridge is healthy, and the reasons when it is not."""

import pytest

from bridge.health.judgement import reasons
from bridge.supervision.supervised import State

GRACE = 30.0


def judge(bridge, grace=GRACE):
    return reasons(bridge.vitals, bridge.recent, grace, bridge.now)


def test_the_bridge_is_healthy_while_frames_are_sent_and_every_part_is_up(bridge):
    bridge.frames_for(10, each_second=60)
    assert judge(bridge) == []


# --- frames


def test_the_bridge_is_healthy_right_after_the_start(bridge):
    bridge.frames.latest = float("-inf")
    bridge.now = bridge.clock.start + 0.05
    assert judge(bridge) == []


def test_a_bridge_without_a_first_frame_is_not_healthy(bridge):
    bridge.frames.latest = float("-inf")
    bridge.now = bridge.clock.start + 2.0
    assert judge(bridge) == ["no frame was sent for 2.0 s"]


@pytest.mark.parametrize(
    ("fps", "missing", "well"),
    [(240, 0.2, True), (240, 0.3, False), (60, 0.2, True), (1, 4.5, True), (1, 5.5, False)],
)
def test_a_few_frames_may_be_missing_at_any_rate(make_bridge, fps, missing, well):
    bridge = make_bridge(fps=fps)
    bridge.now += missing
    assert (judge(bridge) == []) is well


def test_a_dead_frame_thread_is_reported_with_its_reason(bridge):
    bridge.frames.failure = ZeroDivisionError("secret")
    [reason] = judge(bridge)
    assert "frame loop" in reason
    assert "ZeroDivisionError" in reason
    assert "secret" not in reason


def test_a_stall_counts_for_a_few_seconds_after_frames_go_on(bridge):
    bridge.frames_for(10, each_second=60)
    bridge.clock.stalls, bridge.clock.latest_stall = 1, 10.0
    bridge.frames_for(1, each_second=60)
    assert judge(bridge) == ["no frames were sent for 10.0 s a moment ago"]
    bridge.frames_for(6, each_second=60)
    assert judge(bridge) == []


def test_too_few_frames_are_reported_with_their_rate(bridge):
    bridge.frames_for(10, each_second=40)
    [reason] = judge(bridge)
    assert "40.0 of 60" in reason


def test_a_few_dropped_frames_are_no_reason(bridge):
    bridge.frames_for(10, each_second=58)
    assert judge(bridge) == []


@pytest.mark.parametrize("fps", [1, 2, 7])
def test_at_a_low_rate_one_frame_more_or_less_is_no_reason(make_bridge, fps):
    bridge = make_bridge(fps=fps)
    bridge.clock.start = bridge.now
    for look in range(1, 120):
        bridge.now = bridge.clock.start + 0.5 * look
        bridge.frames.frames = int((bridge.now - bridge.clock.start - 0.49 / fps) * fps)
        bridge.frames.latest = bridge.now
        bridge.recent.look()
        assert judge(bridge) == []


def test_another_frame_rate_is_not_measured_by_the_frames_before(bridge):
    bridge.frames_for(10, each_second=60)
    bridge.clock.retime(120)
    assert judge(bridge) == []
    bridge.frames_for(5, each_second=120)
    assert judge(bridge) == []


# --- inputs


@pytest.mark.parametrize("state", [State.STARTING, State.WAITING])
def test_an_input_that_is_away_is_no_reason_until_its_grace_is_over(bridge, part_in, state):
    part_in(bridge, bridge.inputs[0], state, GRACE - 1)
    assert judge(bridge) == []
    part_in(bridge, bridge.inputs[0], state, GRACE + 12, "the port is taken")
    assert judge(bridge) == [
        f"input osc 127.0.0.1:9130 has been {state.value} for 42 s: the port is taken"
    ]


def test_the_grace_is_as_long_as_the_settings_say(bridge, part_in):
    part_in(bridge, bridge.inputs[0], State.WAITING, 2.0)
    assert judge(bridge, grace=3.0) == []
    assert judge(bridge, grace=1.0) != []


def test_a_failed_input_is_a_reason_at_once(bridge, part_in):
    part_in(bridge, bridge.inputs[0], State.FAILED, 0.0, "crashed (KeyError)")
    assert judge(bridge) == ["input osc 127.0.0.1:9130 has failed: crashed (KeyError)"]


def test_stdin_that_ended_is_no_reason_beside_another_source(make_bridge, part_in):
    bridge = make_bridge(inputs=["stdin", "demo"])
    part_in(bridge, bridge.inputs[0], State.ENDED, 3600.0)
    assert judge(bridge) == []


def test_when_the_only_input_has_ended_that_is_a_reason(make_bridge, part_in):
    bridge = make_bridge(inputs=["stdin"])
    part_in(bridge, bridge.inputs[0], State.ENDED, 0.1)
    assert judge(bridge) == ["every input has ended"]


# --- outputs


def test_an_output_whose_program_is_closed_is_no_reason_while_another_is_up(bridge, part_in):
    part_in(bridge, bridge.outputs[0], State.WAITING, 3600.0, "VTube Studio is not there")
    assert judge(bridge) == []
    part_in(bridge, bridge.outputs[0], State.ENDED, 3600.0)
    assert judge(bridge) == []


def test_when_no_output_is_up_for_longer_than_the_grace_that_is_a_reason(bridge, part_in):
    part_in(bridge, bridge.outputs[0], State.WAITING, GRACE + 5, "not there")
    part_in(bridge, bridge.outputs[1], State.STARTING, GRACE - 5)
    assert judge(bridge) == []
    part_in(bridge, bridge.outputs[1], State.ENDED, GRACE - 5)
    assert judge(bridge) == [
        "no output is up: vmc 127.0.0.1:39539 has been waiting to retry for 35 s: not there",
        "no output is up: osc 127.0.0.1:8000 ended 25 s ago",
    ]


def test_a_failed_output_is_a_reason_at_once(bridge, part_in):
    part_in(bridge, bridge.outputs[1], State.FAILED, 0.0, "crashed (KeyError)")
    assert judge(bridge) == ["output osc 127.0.0.1:8000 has failed: crashed (KeyError)"]


def test_a_receiver_that_does_not_listen_is_no_reason(bridge):
    bridge.outputs[0].part.trouble = "unheard"
    assert judge(bridge) == []


# --- in general


def test_every_reason_is_reported(bridge, part_in):
    bridge.now += 10
    for part in bridge.inputs:
        part_in(bridge, part, State.WAITING, 60)
    part_in(bridge, bridge.outputs[0], State.FAILED, 0)
    assert len(judge(bridge)) == 4


def test_a_problem_of_any_length_makes_a_reason_of_some_length(bridge, part_in):
    part_in(bridge, bridge.inputs[0], State.WAITING, 60, "x" * 100_000)
    [reason] = judge(bridge)
    assert len(reason) < 500
