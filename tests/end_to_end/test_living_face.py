"""A face with nothing configured, as receivers get it: it lives, speaks, and takes in another's."""

import json
import math

from pythonosc.udp_client import SimpleUDPClient


def test_a_face_that_nothing_moves_blinks_and_drifts_and_is_alike_left_and_right(
    run_bridge, receive, eventually, pairs
):
    vmc, livelink = receive(), receive()
    run_bridge(
        *("run", "--to", f"vmc://127.0.0.1:{vmc.port}"),
        *("--to", f"livelink://127.0.0.1:{livelink.port}/Face"),
    )
    eventually(lambda: any(f.weights["EyeBlinkLeft"] > 0.4 for f in list(vmc.vmc)), within=30)
    eventually(lambda: len(livelink.livelink) > 120)
    smiles = [frame.weights["MouthSmileLeft"] for frame in vmc.vmc]
    assert 0.0 < max(smiles) - min(smiles) < 0.3
    for frame in vmc.vmc:
        for left, right in pairs:
            assert frame.weights[left] == frame.weights[right]
    yaws = [frame.values[52] for frame in livelink.livelink]
    assert 0.0 < max(yaws) - min(yaws) < math.radians(10)


def test_a_still_face_does_not_move(run_bridge, avatar):
    run_bridge("run", "--still", "--to", f"vmc://127.0.0.1:{avatar.port}")
    avatar.more_frames(120)
    assert all(not any(frame.weights.values()) for frame in avatar.vmc)


def test_a_stream_that_speaks_leaves_the_mouth_to_the_voice(face, avatar, eventually):
    bridge = face("--still")
    bridge.say("happiness 1")
    eventually(lambda: avatar.weight("MouthLowerDownLeft") > 0.2)
    bridge.say(json.dumps({"speaking": True}))
    eventually(lambda: avatar.weight("MouthLowerDownLeft") < 0.05)
    assert avatar.weight("MouthSmileLeft") > 0.6
    bridge.say(json.dumps({"speaking": False}))
    eventually(lambda: avatar.weight("MouthLowerDownLeft") > 0.2)


def test_a_lip_sync_program_s_mouth_is_merged_into_the_face(
    face, avatar, eventually, free_udp_port
):
    bridge = face("--still", "--from", "stdin", "--from", f"vmc://127.0.0.1:{free_udp_port}")
    bridge.say("surprise 1")
    eventually(lambda: avatar.weight("BrowInnerUp") > 0.6)
    lip_sync = SimpleUDPClient("127.0.0.1", free_udp_port)

    def mouth_is_theirs() -> bool:
        lip_sync.send_message("/VMC/Ext/Blend/Val", ["MouthPucker", 0.9])
        lip_sync.send_message("/VMC/Ext/Blend/Apply", [])
        return avatar.weight("MouthPucker") > 0.8

    eventually(mouth_is_theirs)
    assert avatar.weight("BrowInnerUp") > 0.6
    eventually(lambda: avatar.weight("MouthPucker") < 0.1)


def test_cues_by_osc_turn_the_eyes(face, avatar, eventually, free_udp_port):
    face("--still", "--from", f"osc://127.0.0.1:{free_udp_port}")
    osc = SimpleUDPClient("127.0.0.1", free_udp_port)
    osc.send_message("/look_at", [25.0, 0.0])
    eventually(lambda: avatar.weight("EyeLookOutRight") > 0.5)
    osc.send_message("/look_at", [])
    eventually(lambda: avatar.weight("EyeLookOutRight") < 0.1)
