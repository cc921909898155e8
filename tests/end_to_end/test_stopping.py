"""A normal stop: the neutral face goes out everywhere, and the status is 0."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress

import pytest
from pythonosc.udp_client import SimpleUDPClient

ASKS = [
    pytest.param(
        number,
        id=number.name,
        marks=pytest.mark.skipif(
            sys.platform == "win32", reason="Windows cannot send these signals to one process"
        ),
    )
    for number in (signal.SIGINT, signal.SIGTERM)
]


@pytest.mark.parametrize("number", ASKS)
def test_a_signal_ends_every_output_at_the_neutral_face(run_bridge, receive, eventually, number):
    vmc, livelink, osc = receive(), receive(), receive()
    bridge = run_bridge(
        "run",
        *("--to", f"vmc://127.0.0.1:{vmc.port}"),
        *("--to", f"livelink://127.0.0.1:{livelink.port}/Face?every=7"),
        *("--to", f"osc://127.0.0.1:{osc.port}/face?layout=array&every=60"),
    )
    bridge.say("surprise 1")
    eventually(lambda: vmc.weight("BrowInnerUp") > 0.6)
    bridge.signal(number)
    assert bridge.ends() == 0
    assert set(vmc.vmc[-1].weights.values()) == {0.0}
    assert set(livelink.livelink[-1].values) == {0.0}
    assert set(osc.osc[-1][2]) == {0.0}
    assert "Traceback" not in bridge.log


def test_the_face_eases_to_neutral_instead_of_dropping(face, avatar, eventually):
    bridge = face()
    bridge.say("surprise 1")
    eventually(lambda: avatar.weight("BrowInnerUp") > 0.6)
    assert bridge.stop() == 0
    brows = [frame.weights["BrowInnerUp"] for frame in avatar.vmc]
    assert any(0.1 < brow < 0.5 for brow in brows[-20:])


def test_an_open_pipe_on_stdin_does_not_delay_the_stop(face):
    bridge = face()
    bridge.write(b"half a li")
    assert bridge.stop() == 0


def test_a_broker_that_never_answers_does_not_delay_the_stop(face, avatar):
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        bridge = face("--from", f"mqtt://127.0.0.1:{port}/affect/+/set")
        avatar.more_frames(20)
        assert bridge.stop() == 0
    assert set(avatar.vmc[-1].weights.values()) == {0.0}


HUNG_LOOK_UP = """
import socket, sys, time
from bridge.cli import main

find = socket.getaddrinfo
def find_slowly(host, *more, **options):
    if host == "slow.example":
        time.sleep(60)  # as a name server that does not answer does
    return find(host, *more, **options)

socket.getaddrinfo = find_slowly
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize("troubled", ["well", "troubled"])
def test_a_stop_takes_less_than_a_second(avatar, eventually, free_udp_port, troubled):
    """README promises it, whatever the bridge waits for."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        arguments = ["run", "--from", "demo", "--to", f"vmc://127.0.0.1:{avatar.port}"]
        if troubled == "troubled":
            broker = f"127.0.0.1:{mute.getsockname()[1]}"
            arguments += ["--from", f"mqtt://{broker}/affect/+/set", "--to", f"mqtt://{broker}/a"]
            arguments += ["--to", "vmc://slow.example:39539"]
            arguments += ["--to", f"livelink://127.0.0.1:{free_udp_port}/Face"]
        process = subprocess.Popen([sys.executable, "-c", HUNG_LOOK_UP, *arguments])
        try:
            avatar.more_frames(90)
            began = time.monotonic()
            process.terminate()
            assert process.wait(9) == 0
            assert time.monotonic() - began < 1.0
        finally:
            process.kill()
            process.wait()
    assert set(avatar.vmc[-1].weights.values()) == {0.0}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot suspend a process by signal")
def test_a_broker_that_hangs_does_not_make_a_stop_longer(face, avatar, eventually, mosquitto):
    broker = f"127.0.0.1:{mosquitto.port}"
    bridge = face(
        *("--from", f"mqtt://{broker}/affect/+/set?client_id=in"),
        *("--to", f"mqtt://{broker}/faces/{{stream}}?client_id=out"),
    )
    eventually(lambda: len(bridge.lines_with(": up")) == 3)
    mosquitto.hang()
    avatar.more_frames(30)
    began = time.monotonic()
    bridge.signal(signal.SIGTERM)
    assert bridge.ends() == 0
    took = time.monotonic() - began
    mosquitto.wake()
    assert took < 1.0, took


def test_the_log_ends_with_a_line_about_the_stop(face, avatar):
    bridge = face()
    avatar.more_frames()
    bridge.stop()
    assert "stopped" in bridge.log.splitlines()[-1]


@pytest.fixture
def held_terminal():
    """Standard error on a terminal that somebody holds with Ctrl-S."""
    pty = pytest.importorskip("pty", reason="there are no pseudo-terminals here")
    terminal, end_of_bridge = pty.openpty()
    os.write(terminal, b"\x13")
    yield end_of_bridge
    os.close(terminal)
    os.close(end_of_bridge)


@pytest.fixture
def full_pipe():
    """Standard error into a pipe that is full and that nobody reads."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with pytest.raises(BlockingIOError):
        while True:
            os.write(writing, b"#" * 512)
    os.set_blocking(writing, True)
    yield writing
    os.close(reading)
    os.close(writing)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot send SIGTERM to one process")
@pytest.mark.parametrize("stderr", ["held_terminal", "full_pipe"])
def test_a_standard_error_that_takes_nothing_stops_neither_updates_nor_the_end(
    face, avatar, eventually, request, free_udp_port, stderr
):
    bridge = face(
        *("--from", "stdin", "--from", f"osc://127.0.0.1:{free_udp_port}"),
        stderr=request.getfixturevalue(stderr),
    )
    until = time.monotonic() + 2.5  # a few status lines later
    while time.monotonic() < until:
        bridge.say("nonsense")
        avatar.more_frames(10)
    bridge.say("surprise 1")
    eventually(lambda: avatar.weight("BrowInnerUp") > 0.6)
    SimpleUDPClient("127.0.0.1", free_udp_port).send_message("/emotion", "happiness")
    eventually(lambda: avatar.weight("MouthSmileLeft") > 0.6)
    bridge.signal(signal.SIGTERM)
    assert bridge.ends() == 0
    assert set(avatar.vmc[-1].weights.values()) == {0.0}


@pytest.fixture
def terminal():
    """A terminal: our end, and the end of the bridge."""
    pty = pytest.importorskip("pty", reason="there are no pseudo-terminals here")
    ours, theirs = pty.openpty()
    os.set_blocking(ours, False)
    yield ours, theirs
    os.close(ours)
    os.close(theirs)


@pytest.fixture
def read_until(eventually):
    """Reads from a terminal until the wanted text has come; returns all that came."""

    def read(descriptor, wanted):
        data = b""

        def came():
            nonlocal data
            with suppress(BlockingIOError):
                data += os.read(descriptor, 65536)
            return wanted in data

        eventually(came)
        return data

    return read


def test_ctrl_backslash_gives_the_terminal_back(face, terminal, read_until):
    ours, theirs = terminal
    bridge = face(stderr=theirs)
    read_until(ours, b" fps")
    bridge.signal(signal.SIGQUIT)
    assert bridge.ends() == -signal.SIGQUIT
    assert b"\x1b[r" in read_until(ours, b"\x1b[r")


def test_a_terminal_without_escape_sequences_gets_none(face, avatar, terminal, read_until):
    ours, theirs = terminal
    environment = {**os.environ, "TERM": "dumb"}
    bridge = face(stderr=theirs, env=environment)
    avatar.more_frames(90)
    assert bridge.stop() == 0
    assert b"\x1b" not in read_until(ours, b"stopped")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGHUP")
def test_a_terminal_that_is_closed_hangs_up_twice_and_the_face_still_eases_to_neutral(
    face, avatar, eventually
):
    bridge = face()
    bridge.say("surprise 1")
    eventually(lambda: avatar.weight("BrowInnerUp") > 0.6)
    bridge.signal(signal.SIGHUP)
    time.sleep(0.1)
    bridge.signal(signal.SIGHUP)
    assert bridge.ends() == 0
    assert set(avatar.vmc[-1].weights.values()) == {0.0}


@pytest.mark.parametrize("number", ASKS)
@pytest.mark.parametrize("stderr", ["read", "held_terminal"])
def test_a_second_signal_ends_it_at_once(face, avatar, request, number, stderr):
    taken = {} if stderr == "read" else {"stderr": request.getfixturevalue(stderr)}
    bridge = face(**taken)
    avatar.more_frames(90)  # the status line was shown
    bridge.signal(number)
    time.sleep(0.1)  # it eases to the neutral face for three times as long
    began = time.monotonic()
    bridge.signal(number)
    assert bridge.ends() == -number
    assert time.monotonic() - began < 0.3


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
def test_a_terminal_that_goes_away_ends_nothing_and_the_stop_has_status_0(face, avatar, eventually):
    pty = pytest.importorskip("pty")
    terminal, end_of_bridge = pty.openpty()
    bridge = face(stderr=end_of_bridge)
    os.close(end_of_bridge)
    eventually(lambda: b" fps" in os.read(terminal, 65536))  # the status line is shown
    os.close(terminal)
    avatar.more_frames(150)  # two more status lines, which fail
    # More than are read in a second: the last one is read by the look once a second.
    bridge.write(b"happiness 1\n" * 3000 + b"surprise 1\n")
    eventually(lambda: avatar.weight("BrowInnerUp") > 0.6)
    bridge.signal(signal.SIGTERM)
    assert bridge.ends() == 0
