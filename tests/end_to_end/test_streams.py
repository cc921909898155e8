"""Several faces from one bridge."""

import json
import uuid

from pythonosc.udp_client import SimpleUDPClient


def test_each_stream_has_a_subject_a_device_and_a_face_of_its_own(run_bridge, receive, eventually):
    unreal = receive()
    bridge = run_bridge(
        *("run", "--still"), "--to", f"livelink://127.0.0.1:{unreal.port}/Face-{{stream}}"
    )
    bridge.say(json.dumps({"emotion": "happiness", "stream": "alice"}))
    bridge.say(json.dumps({"emotion": "surprise", "stream": "ボブ"}, ensure_ascii=False))

    def latest():
        return {frame.subject: frame for frame in unreal.livelink}

    eventually(
        lambda: (
            {"Face-alice", "Face-ボブ"} <= latest().keys()
            and latest()["Face-alice"].weights["MouthSmileLeft"] > 0.5
            and latest()["Face-ボブ"].weights["JawOpen"] > 0.2
        )
    )
    assert latest()["Face-alice"].weights["JawOpen"] < 0.1
    assert latest()["Face-ボブ"].weights["MouthSmileLeft"] < 0.1
    assert "Face-main" not in latest()  # nobody has spoken for it
    devices = {(frame.subject, frame.device) for frame in unreal.livelink}
    assert len(devices) == 2
    assert len({uuid.UUID(device) for _, device in devices}) == 2
    assert len(set(unreal.senders)) == 1
    assert bridge.stop() == 0
    for frame in latest().values():
        assert set(frame.values) == {0.0}


def test_streams_are_told_apart_in_osc_addresses(run_bridge, receive, eventually):
    unity = receive()
    bridge = run_bridge("run", "--to", f"osc://127.0.0.1:{unity.port}/{{stream}}/{{name}}?every=4")
    bridge.say(json.dumps({"emotion": "happiness", "stream": "alice"}))
    bridge.say(json.dumps({"emotion": "surprise", "stream": "bob"}))

    def latest(address):
        weights = [weight for said, _, (weight,) in unity.osc if said == address]
        return weights[-1] if weights else 0.0

    eventually(lambda: latest("/alice/mouthSmileLeft") > 0.6 and latest("/bob/jawOpen") > 0.3)
    assert latest("/bob/mouthSmileLeft") < 0.1
    assert latest("/main/mouthSmileLeft") < 0.1


def test_a_stream_that_nothing_shows_is_refused_by_name(face, avatar, eventually):
    bridge = face()
    bridge.say(json.dumps({"emotion": "happiness", "stream": "carol"}))
    eventually(lambda: bridge.logged("refused", "carol"))
    avatar.more_frames()
    assert avatar.weight("MouthSmileLeft") < 0.1


def test_the_higher_priority_speaks_until_its_word_expires(face, avatar, free_udp_port, eventually):
    bridge = face("--from", "stdin?priority=5", "--from", f"osc://127.0.0.1:{free_udp_port}")
    eventually(lambda: bridge.logged("osc", "up"))
    bridge.say(json.dumps({"emotion": "happiness", "hold": 1.5}))
    SimpleUDPClient("127.0.0.1", free_udp_port).send_message("/emotion", "surprise")
    eventually(lambda: avatar.weight("MouthSmileLeft") > 0.6)
    assert avatar.weight("JawOpen") < 0.2  # happiness alone has .12
    eventually(lambda: avatar.weight("JawOpen") > 0.3)
