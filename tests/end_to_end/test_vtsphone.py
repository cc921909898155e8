"""What programs get that expect VTube Studio's app on a phone, or MeowFace."""

import json
import socket
import threading
from contextlib import closing

import pytest


class Program:
    """A receiver as the publisher's sample is: it asks five times a second, for a second each, and
    listens on a port of its own."""

    def __init__(self, receiver, phone):
        self._request = json.dumps(
            {
                "messageType": "iOSTrackingDataRequest",
                "time": 1,
                "sentBy": "Sample",
                "ports": [receiver.port],
            }
        ).encode()
        self._phone = phone
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._ask, daemon=True)
        self._thread.start()

    def _ask(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            while True:
                asking.sendto(self._request, ("127.0.0.1", self._phone))
                if self._closing.wait(0.2):
                    return

    def close(self):
        self._closing.set()
        self._thread.join()


def weights(receiver):
    frame = json.loads(receiver.datagrams[-1])
    return {shape["k"]: shape["v"] for shape in frame["BlendShapes"]}


def test_a_program_that_asks_is_shown_the_face_and_one_that_stops_asking_is_not(
    run_bridge, receive, eventually, shapes, pairs, free_udp_port
):
    bridge = run_bridge("run", "--to", f"vts-phone://127.0.0.1:{free_udp_port}")
    bridge.say("joy 1")
    eventually(lambda: bridge.logged("vts-phone", "up"))
    one, other = receive(), receive()
    with closing(Program(one, free_udp_port)):
        eventually(lambda: one.datagrams and weights(one)["MouthSmileLeft"] > 0.5)
        assert set(weights(one)) == set(shapes)
        assert all(weights(one)[left] == weights(one)[right] for left, right in pairs)
        with closing(Program(other, free_udp_port)):
            eventually(lambda: len(other.datagrams) > 20)
        eventually(lambda: bridge.logged(f"stopped sending to 127.0.0.1:{other.port}"))
        heard, of_other = len(one.datagrams), len(other.datagrams)
        eventually(lambda: len(one.datagrams) > heard + 20)
        assert len(other.datagrams) == of_other
    stamps = [json.loads(datagram)["Timestamp"] for datagram in one.datagrams]
    assert stamps == sorted(stamps)
    assert bridge.stop() == 0


def test_a_program_that_is_killed_and_started_again_is_shown_the_face_again(
    run_bridge, receive, eventually, free_udp_port
):
    bridge = run_bridge("run", "--to", f"vts-phone://127.0.0.1:{free_udp_port}")
    first = receive()
    with closing(Program(first, free_udp_port)):
        eventually(lambda: first.datagrams)
        first.close()
        again = receive(first.port)
        eventually(lambda: len(again.datagrams) > 20)
    assert bridge.stop() == 0


def test_the_last_frame_that_a_program_gets_is_the_neutral_face(
    run_bridge, receive, eventually, free_udp_port
):
    bridge = run_bridge("run", "--to", f"vts-phone://127.0.0.1:{free_udp_port}")
    bridge.say("anger 1")
    receiver = receive()
    with closing(Program(receiver, free_udp_port)):
        eventually(lambda: receiver.datagrams and max(weights(receiver).values()) > 0.3)
        bridge.stop()
        eventually(lambda: not any(weights(receiver).values()))


def test_a_port_that_a_program_has_taken_is_said_and_waited_for(
    run_bridge, receive, eventually, free_udp_port
):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as program:
        program.bind(("127.0.0.1", free_udp_port))
        bridge = run_bridge("run", "--to", f"vts-phone://127.0.0.1:{free_udp_port}")
        eventually(lambda: bridge.logged(f"UDP port {free_udp_port}", "already in use"))
    eventually(lambda: bridge.logged("vts-phone", "up"))
    receiver = receive()
    with closing(Program(receiver, free_udp_port)):
        eventually(lambda: receiver.datagrams)


def test_listen_asks_as_a_program_does(run_bridge, eventually, shapes, free_udp_port):
    phone = f"vts-phone://127.0.0.1:{free_udp_port}"
    bridge = run_bridge("run", "--to", phone)
    # 180 frames take 3 seconds, and one request is good for 2.5.
    listening = run_bridge("listen", phone, "--json", "--every", "30", "--count", "7")
    assert listening.ends(within=9) == 0
    frames = [json.loads(line) for line in listening.printed.splitlines()]
    assert len(frames) == 7
    assert set(frames[-1]["weights"]) == set(shapes)
    assert frames[-1]["found"] == "yes"
    assert len(bridge.lines_with("as requested")) == 1


def test_a_phone_that_cannot_be_found_is_told_with_status_1(run_bridge):
    listening = run_bridge("listen", "vts-phone://no-such-host.invalid")
    assert listening.ends(within=9) == 1
    assert listening.logged("cannot send to no-such-host.invalid:21412")
    assert not listening.logged("Traceback")


@pytest.mark.parametrize("host", ["127.0.0.1", "{stream}"])
def test_a_phone_that_is_to_show_every_stream_is_refused(run_bridge, tmp_path, host):
    config = tmp_path / "faces.yaml"
    config.write_text(f"outputs:\n  - to: vts-phone://{host}:21412\n    stream: '*'\n")
    checking = run_bridge("check", str(config))
    assert checking.ends(within=9) == 2
    assert checking.logged("faces.yaml", "shows one face")


def test_meowface_is_sent_unasked(run_bridge, receive, eventually):
    receiver = receive()
    bridge = run_bridge("run", "--to", f"meowface://127.0.0.1:{receiver.port}")
    bridge.say("joy 1")
    eventually(lambda: receiver.datagrams and weights(receiver)["mouthSmileLeft"] > 0.5)
    assert len(weights(receiver)) == 49
