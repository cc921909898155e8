"""What a VMC program receives, read by osc4py3, which is strict, and by oscpy."""

import math
import struct
from itertools import islice, pairwise

import oscpy.parser
import pytest
from osc4py3 import oscbuildparse

from protocols.vrm import PRESETS


def test_every_frame_carries_the_52_perfect_sync_names_once(recording, shapes):
    frames = recording.vmc.vmc
    assert len(frames) > 100
    for frame in frames:
        assert sorted(frame.names) == sorted(shapes)


def test_every_weight_is_finite_and_between_0_and_1(recording):
    for frame in recording.vmc.vmc:
        assert all(math.isfinite(w) and 0.0 <= w <= 1.0 for w in frame.weights.values())


def test_left_equals_right_bit_for_bit(recording, pairs):
    assert len(pairs) == 20
    for frame in recording.vmc.vmc:
        for left, right in pairs:
            assert struct.pack(">f", frame.weights[left]) == struct.pack(">f", frame.weights[right])


def test_the_face_shows_what_was_said(recording):
    def most(name):
        return max(frame.weights[name] for frame in recording.vmc.vmc)

    assert most("MouthSmileLeft") > 0.5  # joy
    assert most("BrowDownLeft") > 0.5  # anger
    assert most("MouthFrownLeft") > 0.3  # sadness
    assert most("NoseSneerLeft") > 0.5  # disgust


def test_frames_come_at_the_frame_rate(recording):
    times = [frame.time for frame in recording.vmc.vmc[1:-20]]  # without start and easing out
    seconds = times[-1] - times[0]
    assert seconds > 2.0
    rate = (len(times) - 1) / seconds
    # A busy machine drops frames; it never sends more than asked for.
    assert 0.85 * 60 <= rate <= 1.02 * 60
    assert all(earlier < later for earlier, later in pairwise(times))


def test_a_frame_begins_with_signs_of_life_and_ends_with_apply(recording):
    messages = [
        message
        for datagram in recording.vmc.datagrams
        for message in oscbuildparse.decode_packet(datagram).elements
    ]
    addresses = [message.addrpattern.removeprefix("/VMC/Ext/") for message in messages]
    assert len(addresses) % 55 == 0
    for start in range(0, len(addresses), 55):
        assert addresses[start : start + 55] == ["OK", "T", *["Blend/Val"] * 52, "Blend/Apply"]


def test_oscpy_reads_the_same_frames(recording):
    said = iter(
        (name.decode(), weight)
        for datagram in recording.vmc.datagrams
        for address, tags, arguments, _ in oscpy.parser.read_packet(datagram)
        if address == b"/VMC/Ext/Blend/Val" and tags == b"sf"
        for name, weight in [arguments]
    )
    for frame in recording.vmc.vmc:
        assert dict(islice(said, 52)) == frame.weights
    assert next(said, None) is None


def test_no_datagram_is_larger_than_1400_bytes(recording):
    for receiver in (recording.vmc, recording.livelink, recording.osc):
        assert max(map(len, receiver.datagrams)) <= 1400


def test_each_output_keeps_one_source_port(recording):
    senders = [set(r.senders) for r in (recording.vmc, recording.livelink, recording.osc)]
    assert [len(ports) for ports in senders] == [1, 1, 1]
    assert len(set.union(*senders)) == 3


def test_a_run_ends_at_the_neutral_face(recording):
    assert recording.bridge.ends() == 0
    assert set(recording.vmc.vmc[-1].weights.values()) == {0.0}
    assert max(recording.vmc.vmc[-25].weights.values()) > 0.5  # it eased there from a feeling


def test_names_can_be_camel_case_or_a_map_of_ones_own(run_bridge, receive, tmp_path, eventually):
    camel, own = receive(), receive()
    config = tmp_path / "names.yaml"
    config.write_text(
        f"outputs:\n"
        f"  - to: vmc://127.0.0.1:{camel.port}\n"
        f"    names: camel\n"
        f"  - to: vmc://127.0.0.1:{own.port}\n"
        f"    names: {{eyeBlinkLeft: Blink_L}}\n"
    )
    run_bridge("run", str(config))
    eventually(lambda: camel.vmc and own.vmc)
    assert {"eyeBlinkLeft", "jawOpen", "tongueOut"} <= set(camel.vmc[0].names)
    assert "Blink_L" in own.vmc[0].names
    assert "eyeBlinkLeft" not in own.vmc[0].names


def test_a_model_without_the_52_shapes_gets_the_feeling_as_preset_expressions(
    run_bridge, receive, eventually, shapes
):
    alone, beside = receive(), receive()
    bridge = run_bridge(
        *("run", "--to", f"vmc://127.0.0.1:{alone.port}?names=vrm0"),
        *("--to", f"vmc://127.0.0.1:{beside.port}?names=[pascal,vrm0,vrm1]"),
    )
    bridge.say("sadness 0.5")
    eventually(lambda: alone.weight("Sorrow") > 0.495)
    emotions = ("Joy", "Angry", "Sorrow", "Fun", "Surprised")
    assert alone.vmc[-1].names == PRESETS["vrm0"]
    assert alone.vmc[-1].names[:5] == emotions
    bridge.say("joy 1")
    eventually(lambda: alone.weight("Joy") > 0.99 and beside.weight("happy") > 0.99)
    for frame in alone.vmc:
        assert sum(frame.weights[name] for name in emotions) <= 1.0
    weights = dict(alone.vmc[-1].weights)
    assert weights.pop("Joy") > 0.99
    assert max(weights[name] for name in emotions if name != "Joy") < 0.01
    assert len(beside.vmc[-1].names) == 52 + 17 + 17
    assert set(shapes) < set(beside.vmc[-1].names)
    assert max(map(len, beside.datagrams)) <= 1400


def test_bones_and_the_point_looked_at_come_when_they_are_asked_for(
    run_bridge, receive, eventually
):
    receiver = receive()
    address = f"vmc://127.0.0.1:{receiver.port}?bones=true&gaze=true&names=vrm1"
    run_bridge("run", "--still", "--to", address).say("sadness 1")

    def frames():
        said = receiver.osc
        ends = [at for at, message in enumerate(said) if message[0].endswith("/Apply")]
        return [said[first + 1 : last] for first, last in pairwise(ends)]

    def looks_down(frame):
        return any(address.endswith("/Eye") and point[2] < -0.02 for address, _, point in frame)

    eventually(lambda: any(map(looks_down, frames())))
    frame = next(filter(looks_down, frames()))
    assert [address.removeprefix("/VMC/Ext/") for address, _, _ in frame] == [
        *("OK", "T", "Bone/Pos", "Bone/Pos", "Bone/Pos", "Set/Eye"),
        *["Blend/Val"] * 17,
    ]
    head, left, right = (arguments for _, _, arguments in frame[2:5])
    assert [bone for bone, *_ in (head, left, right)] == [b"Head", b"LeftEye", b"RightEye"]
    assert head[4:] == (0.0, 0.0, 0.0, 1.0)
    for _, _, _, _, x, y, z, w in (left, right):  # eyes that look down turn about x
        assert x > 0.01
        assert x * x + y * y + z * z + w * w == pytest.approx(1.0, abs=1e-6)


def test_single_messages_instead_of_bundles(run_bridge, avatar, shapes):
    run_bridge("run", "--to", f"vmc://127.0.0.1:{avatar.port}?bundle=false")
    avatar.more_frames(3)
    assert sorted(avatar.vmc[0].names) == sorted(shapes)
    assert not any(datagram.startswith(b"#bundle") for datagram in avatar.datagrams)


def test_the_frame_rate_can_be_chosen(run_bridge, receive, eventually):
    vmc, livelink = receive(), receive()
    run_bridge(
        *("run", "--fps", "24", "--to", f"vmc://127.0.0.1:{vmc.port}"),
        *("--to", f"livelink://127.0.0.1:{livelink.port}/Face"),
    )
    eventually(lambda: len(vmc.vmc) > 30)
    times = [frame.time for frame in vmc.vmc]
    assert 0.85 * 24 <= (len(times) - 1) / (times[-1] - times[0]) <= 1.05 * 24
    assert {frame.rate for frame in livelink.livelink} == {(24, 1)}
