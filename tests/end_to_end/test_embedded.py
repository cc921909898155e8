"""Programs with a bridge inside, as processes, and a receiver that reads what they send."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

FORMS = {
    "sync": """
import time
from bridge import Bridge

def main():
    with Bridge(outputs=[OUTPUT]) as face:
        face.feel("joy", 0.8)
        face.speaking(True)
        print("up", flush=True)
        body(face)

main()
""",
    "async": """
import asyncio, time
from bridge import Bridge

async def main():
    async with Bridge(outputs=[OUTPUT]) as face:
        face.feel("joy", 0.8)
        face.speaking(True)
        print("up", flush=True)
        body(face)
        await asyncio.sleep(0)

asyncio.run(main())
""",
}


@pytest.fixture
def receiver(receive):
    return receive()


@pytest.fixture
def start(receiver) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts a program with a bridge in one of the forms, and a body that may block its thread."""
    started: list[subprocess.Popen[str]] = []

    def start_program(form: str, body: str) -> subprocess.Popen[str]:
        output = f"OUTPUT = 'vmc://127.0.0.1:{receiver.port}'\n"
        code = f"{output}def body(face):\n    {body}\n{FORMS[form]}"
        started.append(
            subprocess.Popen(
                [sys.executable, "-c", code],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        assert started[-1].stdout.readline() == "up\n", started[-1].communicate()[1]
        return started[-1]

    yield start_program
    for program in started:
        program.kill()
        program.communicate()


def ended(program: subprocess.Popen[str]) -> tuple[int, str]:
    _, errors = program.communicate(timeout=15)
    return program.returncode, errors


@pytest.mark.parametrize("form", FORMS)
def test_frames_go_on_while_the_host_blocks_and_the_last_one_is_neutral(start, receiver, form):
    program = start(form, "time.sleep(1.0); print('blocked', flush=True)")
    before = len(receiver.vmc)
    assert program.stdout.readline() == "blocked\n"
    assert len(receiver.vmc) - before > 40
    # Speech has half of the mouth.
    assert max(frame.weights["MouthSmileLeft"] for frame in receiver.vmc) > 0.1
    assert ended(program) == (0, "")
    time.sleep(0.1)
    assert set(receiver.vmc[-1].weights.values()) == {0.0}


@pytest.mark.parametrize("form", FORMS)
def test_an_exception_in_the_host_stops_the_bridge_and_goes_on(start, receiver, form):
    status, errors = ended(start(form, "time.sleep(0.5); raise KeyError('mine')"))
    assert (status, errors.splitlines()[-1]) == (1, "KeyError: 'mine'")
    time.sleep(0.1)
    assert set(receiver.vmc[-1].weights.values()) == {0.0}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot send Ctrl-C to one process")
@pytest.mark.parametrize("form", FORMS)
def test_ctrl_c_is_the_hosts_and_the_bridge_stops_with_it(start, receiver, eventually, form):
    # asyncio cancels the main task at the first Ctrl-C; a second one interrupts what blocks.
    program = start(form, "time.sleep(0.2); print('ready', flush=True); time.sleep(30)")
    assert program.stdout.readline() == "ready\n"
    for _ in range(2 if form == "async" else 1):
        os.kill(program.pid, signal.SIGINT)
        time.sleep(0.05)
    status, errors = ended(program)
    assert status == -signal.SIGINT
    assert errors.splitlines()[-1].startswith("KeyboardInterrupt")
    time.sleep(0.1)
    assert set(receiver.vmc[-1].weights.values()) == {0.0}


def test_a_host_that_never_closes_the_bridge_still_ends_with_a_neutral_frame(start, receiver):
    program = start("sync", "pass")
    assert ended(program) == (0, "")
    code = (
        "import time; from bridge import Bridge\n"
        f"face = Bridge(outputs='vmc://127.0.0.1:{receiver.port}').__enter__()\n"
        "face.feel('joy'); time.sleep(.5); print(face.shown().valence > .3)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], text=True, check=False, capture_output=True, timeout=20
    )
    assert (ran.stdout, ran.stderr, ran.returncode) == ("True\n", "", 0)
    time.sleep(0.1)
    assert max(frame.weights["MouthSmileLeft"] for frame in receiver.vmc) > 0.2
    assert set(receiver.vmc[-1].weights.values()) == {0.0}


def test_the_hosts_standard_input_is_its_own(start):
    program = start("sync", "print(input(), flush=True)")
    program.stdin.write("for the host\n")
    program.stdin.flush()
    assert program.stdout.readline() == "for the host\n"
    assert ended(program) == (0, "")
