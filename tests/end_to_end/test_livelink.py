"""What Unreal receives, read by PyLiveLinkFace and by a plain reading of the packet."""

import math
import struct
import uuid
from collections import Counter
from datetime import datetime
from itertools import pairwise

import numpy as np
import pytest
from pylivelinkface import FaceBlendShape, PyLiveLinkFace
from safetensors.numpy import save_file


def test_the_typed_order_is_that_of_pylivelinkface(shapes):
    assert [shape.name for shape in FaceBlendShape][:52] == list(shapes)


def test_pylivelinkface_reads_the_same_frames(recording):
    frames = recording.livelink.livelink
    assert len(frames) > 50
    for datagram, frame in zip(recording.livelink.datagrams, frames, strict=False):
        found, face = PyLiveLinkFace.decode(datagram)
        assert found
        read = tuple(face.get_blendshape(shape) for shape in FaceBlendShape)
        assert read == frame.values
        assert face.name == "Zoë"


def test_shapes_stand_in_live_link_order(run_bridge, receive, eventually, tmp_path):
    """Each shape has a weight of its own here, and symmetry is off, so that none can be taken for
    another."""
    livelink, vmc = receive(), receive()
    save_file(network_that_always_says(np.arange(1, 53) / 60), tmp_path / "face.safetensors")
    config = tmp_path / "as_the_model_says.yaml"
    config.write_text(
        f"symmetry: 0\n"
        f"face: {{still: true, correctives: false}}\n"
        f"model: {tmp_path / 'face.safetensors'}\n"
        f"outputs:\n"
        f"  - livelink://127.0.0.1:{livelink.port}/Face\n"
        f"  - vmc://127.0.0.1:{vmc.port}\n"
    )
    bridge = run_bridge("run", str(config))
    bridge.say("disgust 1")
    eventually(lambda: vmc.weight("NoseSneerLeft") > 0.3)
    vmc.more_frames(3)
    shown, face = livelink.livelink[-1].weights, vmc.vmc[-1].weights
    assert shown == face
    assert len(set(face.values())) == 52


def network_that_always_says(weights):
    """The network's tensors, all zero but for the last bias."""
    sizes = (3, 256, 512, 256, 52)
    tensors = {}
    for depth, (size_in, size_out) in enumerate(pairwise(sizes)):
        tensors[f"layers.{4 * depth}.weight"] = np.zeros((size_out, size_in), np.float32)
        tensors[f"layers.{4 * depth}.bias"] = np.zeros(size_out, np.float32)
        if size_out != 52:
            tensors[f"layers.{4 * depth + 1}.weight"] = np.zeros(size_out, np.float32)
            tensors[f"layers.{4 * depth + 1}.bias"] = np.zeros(size_out, np.float32)
    tensors["layers.12.bias"] = np.asarray(weights, np.float32)
    return tensors


def test_left_equals_right_bit_for_bit(recording, pairs):
    for frame in recording.livelink.livelink:
        for left, right in pairs:
            assert frame.weights[left].hex() == frame.weights[right].hex()


def test_weights_are_within_bounds(recording):
    for frame in recording.livelink.livelink:
        assert all(0.0 <= weight <= 1.0 for weight in frame.values[:52])


def test_eyes_turn_by_35_degrees_as_the_look_shapes_say_and_the_head_stays(recording):
    frames = recording.livelink.livelink
    for frame in frames:
        look = {name: math.radians(35) * w for name, w in frame.weights.items() if "Look" in name}
        head, left, right = (frame.values[at : at + 3] for at in (52, 55, 58))
        assert head == (0.0, 0.0, 0.0)
        # Yaw is to the subject's own right, where the left eye looks in and the right eye out.
        yaw, pitch, roll = left
        assert yaw == pytest.approx(look["EyeLookInLeft"] - look["EyeLookOutLeft"], abs=1e-5)
        assert pitch == pytest.approx(look["EyeLookDownLeft"] - look["EyeLookUpLeft"], abs=1e-5)
        assert roll == 0.0
        yaw, pitch, roll = right
        assert yaw == pytest.approx(look["EyeLookOutRight"] - look["EyeLookInRight"], abs=1e-5)
        assert pitch == pytest.approx(look["EyeLookDownRight"] - look["EyeLookUpRight"], abs=1e-5)
        assert roll == 0.0
    assert max(frame.values[56] for frame in frames) > 0.02  # sadness looks down


def test_a_packet_has_the_size_that_its_layout_says(recording):
    expected = 306 + len("Zoë".encode())
    assert {len(datagram) for datagram in recording.livelink.datagrams} == {expected}


def test_frame_numbers_count_the_frames_of_the_rate_that_is_said(recording):
    frames = recording.livelink.livelink[:-12]  # without easing out
    assert {frame.rate for frame in frames} == {(30, 1)}  # every second of 60
    numbers = [frame.number for frame in frames]
    assert all(earlier < later for earlier, later in pairwise(numbers))
    assert len(numbers) >= 0.85 * (numbers[-1] - numbers[0] + 1)  # a busy machine drops some


def test_frame_numbers_keep_step_with_the_time_of_the_frames(recording):
    faces = [(tuple(sorted(f.weights.items())), f.time) for f in recording.vmc.vmc[:-24]]
    times = Counter(face for face, _ in faces)
    # Faces at rest are alike, and the neutral one comes at the beginning and at the end.
    when = {
        face: time for face, time in faces if times[face] == 1 and any(weight for _, weight in face)
    }
    matched = [
        (frame.number, when[face])
        for frame in recording.livelink.livelink
        if (face := tuple(sorted(frame.weights.items()))) in when
    ]
    assert len(matched) > 50
    for number, seconds in matched:
        assert number == pytest.approx(30 * seconds, abs=1.5)


def test_frames_can_be_dated_by_the_clock_on_the_wall(run_bridge, receive, eventually):
    receiver = receive()
    address = f"livelink://127.0.0.1:{receiver.port}/Face?time=clock"
    run_bridge("run", "--fps", "29.97", "--to", address)
    eventually(lambda: len(receiver.livelink) > 30)
    now = datetime.now()
    assert {frame.rate for frame in receiver.livelink} == {(30000, 1001)}
    at = 306 + len("Face") - 244 - 17
    dates = [struct.unpack_from(">if", datagram, at) for datagram in receiver.datagrams]
    assert any(subframe > 0.0 for _, subframe in dates)
    seconds = [(number + subframe) * 1001 / 30000 for number, subframe in dates]
    day = 86400.0  # the clock may strike midnight in between
    assert all(0.0 < (later - earlier) % day < 2.0 for earlier, later in pairwise(seconds))
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    ago = ((now - midnight).total_seconds() - seconds[-1]) % day
    assert min(ago, day - ago) < 2.0


def test_the_last_packet_is_the_neutral_face(recording):
    assert set(recording.livelink.livelink[-1].values) == {0.0}


def test_the_device_id_is_a_uuid_that_outlives_the_process(run_bridge, receive, eventually):
    seen = []
    for _ in range(2):
        receiver = receive()
        bridge = run_bridge("run", "--to", f"livelink://127.0.0.1:{receiver.port}/Face")
        eventually(lambda receiver=receiver: receiver.livelink)
        bridge.end_input()
        bridge.ends()
        seen += [frame.device for frame in receiver.livelink]
    assert len(set(seen)) == 1
    assert str(uuid.UUID(seen[0])) == seen[0]
