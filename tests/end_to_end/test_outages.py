"""No outside failure stops the face: receivers, ports, hostile updates, a machine that sleeps."""

import json
import os
import signal
import socket
import sys
from itertools import pairwise

import pytest
from pythonosc.udp_client import SimpleUDPClient


def test_a_receiver_that_was_closed_is_served_again_from_the_same_port(
    run_bridge, receive, eventually
):
    first = receive()
    bridge = run_bridge("run", "--to", f"vmc://127.0.0.1:{first.port}")
    first.more_frames()
    first.close()
    eventually(lambda: bridge.logged("WARNING", f"vmc 127.0.0.1:{first.port}"))
    second = receive(first.port)
    second.more_frames()
    assert set(second.senders) == set(first.senders)
    eventually(lambda: bridge.logged("the receiver is listening"))
    assert len(bridge.lines_with("nothing is listening")) == 1


def test_an_output_without_a_receiver_does_not_disturb_the_others(
    run_bridge, avatar, free_udp_port
):
    bridge = run_bridge(
        *("run", "--to", f"livelink://127.0.0.1:{free_udp_port}/Face"),
        *("--to", "vmc://no-such-host.invalid:39539"),
        *("--to", f"vmc://127.0.0.1:{avatar.port}"),
    )
    avatar.more_frames(60)
    times = [frame.time for frame in avatar.vmc]
    assert len(times) > 0.8 * 60 * (times[-1] - times[0])
    assert bridge.logged("no-such-host.invalid")
    assert bridge.stop() == 0


def test_a_taken_port_is_named_and_used_when_it_is_free(face, avatar, eventually):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as somebody:
        somebody.bind(("127.0.0.1", 0))
        port = somebody.getsockname()[1]
        bridge = face("--from", f"osc://127.0.0.1:{port}")
        eventually(lambda: bridge.logged("osc", str(port), "already in use"))
        avatar.more_frames()
    eventually(lambda: bridge.logged("osc", str(port), "up"))
    SimpleUDPClient("127.0.0.1", port).send_message("/emotion", "happiness")
    eventually(lambda: avatar.weight("MouthSmileLeft") > 0.6)
    assert len(bridge.lines_with("already in use")) == 1


def test_no_stream_name_that_a_stranger_sends_stops_the_face(run_bridge, receive, eventually):
    osc, livelink = receive(), receive()
    bridge = run_bridge(
        *("run", "--to", f"osc://127.0.0.1:{osc.port}/{{stream}}?layout=array"),
        *("--to", f"livelink://127.0.0.1:{livelink.port}/{{stream}}"),
    )
    bridge.say("neutral")
    eventually(lambda: osc.datagrams and livelink.datagrams)
    for stream in ("\N{GRINNING FACE}" * 64, "half a \ud83d", "\ud83d", "a/b", "\0", ""):
        bridge.say(json.dumps({"emotion": "anger", "stream": stream}))
    bridge.say("happiness 1")

    def smile():
        mine = [frame for frame in livelink.livelink if frame.subject == "main"]
        return mine[-1].weights["MouthSmileLeft"]

    eventually(lambda: smile() > 0.5)
    for receiver in (osc, livelink):
        enough = len(receiver.datagrams) + 50
        eventually(lambda receiver=receiver, enough=enough: len(receiver.datagrams) > enough)
    assert "Traceback" not in bridge.log


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot suspend a process by signal")
def test_after_a_pause_frames_go_on_at_once_and_none_are_queued(face, avatar, eventually):
    bridge = face()
    avatar.more_frames()
    bridge.signal(signal.SIGSTOP)
    os.waitid(os.P_PID, bridge.process.pid, os.WSTOPPED)
    paused = eventually(lambda: len(avatar.vmc))
    with pytest.raises(AssertionError):
        eventually(lambda: len(avatar.vmc) > paused + 5, within=1.4)
    bridge.signal(signal.SIGCONT)
    avatar.more_frames(40)
    eventually(lambda: bridge.logged("WARNING", "no frames were sent for"))
    times = [frame.time for frame in avatar.vmc]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert max(gaps) > 1.2
    assert min(gaps) > 0.0
    # Had the missed frames been queued, they would come in a burst now.
    after = times[gaps.index(max(gaps)) + 1 :]
    assert after[20] - after[0] > 0.2
