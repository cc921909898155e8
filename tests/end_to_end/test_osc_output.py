"""What Unity or Unreal's OSC plugin receives, read by oscpy."""

import pytest


def test_each_shape_has_an_address_of_its_own(recording, shapes):
    camel = {name[0].lower() + name[1:] for name in shapes}
    messages = recording.osc.osc
    assert len(messages) % 52 == 0
    for start in range(0, len(messages), 52):
        frame = messages[start : start + 52]
        assert {address for address, _, _ in frame} == {f"/blendshape/{name}" for name in camel}
        assert {tags for _, tags, _ in frame} == {"f"}


def test_an_output_may_send_every_third_frame_only(recording):
    frames = len(recording.osc.osc) / 52
    assert frames == pytest.approx(len(recording.vmc.vmc) / 3, rel=0.1)


def test_left_equals_right_and_weights_are_within_bounds(recording, pairs):
    messages = recording.osc.osc
    for start in range(0, len(messages), 52):
        weights = {a.lower().rpartition("/")[2]: w for a, _, (w,) in messages[start : start + 52]}
        assert all(0.0 <= weight <= 1.0 for weight in weights.values())
        for left, right in pairs:
            assert weights[left.lower()].hex() == weights[right.lower()].hex()


def test_the_last_message_of_each_address_is_zero(recording):
    assert {weight for _, _, (weight,) in recording.osc.osc[-52:]} == {0.0}


def test_the_other_layouts_carry_the_same_face(run_bridge, receive, eventually):
    array, indexed, percent = receive(), receive(), receive()
    bridge = run_bridge(
        "run",
        *("--to", f"osc://127.0.0.1:{array.port}/face?layout=array"),
        *("--to", f"osc://127.0.0.1:{indexed.port}/shape?layout=indexed"),
        *("--to", f"osc://127.0.0.1:{percent.port}/{{name}}?scale=100&names=pascal"),
    )
    bridge.say('{"emotion": "surprise", "fade": 0}')
    eventually(lambda: any(a == "/JawOpen" and w > 30.0 for a, _, (w,) in percent.osc))
    bridge.say("surprise 1")  # the face stands still from here on
    seen = len(percent.osc)
    eventually(lambda: len(percent.osc) > seen + 200)
    address, tags, weights = array.osc[-1]
    assert (address, tags) == ("/face", "f" * 52)
    assert {(address, tags) for address, tags, _ in indexed.osc} == {("/shape", "if")}
    by_index = dict(arguments for _, _, arguments in indexed.osc)
    by_name = {address: weight for address, _, (weight,) in percent.osc}
    assert [by_index[i] for i in range(52)] == pytest.approx(weights, abs=0.01)
    assert sorted(by_name.values()) == pytest.approx([100 * w for w in sorted(weights)], abs=1.0)
    # The reference order is alphabetical.
    assert [by_name[name] for name in sorted(by_name)] == pytest.approx(
        [100 * weight for weight in weights], abs=1.0
    )
