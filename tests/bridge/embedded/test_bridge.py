"""`Bridge` in this process: its life, its calls, and what it leaves to its host."""

import asyncio
import gc
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import bridge
from bridge import Bridge, ConfigError, UpdateError

ROOT = Path(__file__).parents[3]


@pytest.fixture
def output():
    """The address of a receiver that nobody reads."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        yield f"osc://127.0.0.1:{receiver.getsockname()[1]}/{{stream}}/{{name}}?stream=*"


def wait_for(condition, within: float = 5.0):
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=ROOT, check=False, text=True, capture_output=True, timeout=180
    )


def threads() -> set[str]:
    return {t.name for t in threading.enumerate() if t.name in {"affect-bridge", "frames"}}


def test_what_is_felt_is_shown(output):
    with Bridge(outputs=output) as face:
        assert face.shown().seconds == float("inf")
        face.feel("joy", 0.8)
        wait_for(lambda: face.shown().valence > 0.5)
        shown = face.shown()
        assert (shown.label, shown.source) == ("joy 0.8", "python")
        assert 0 <= shown.seconds < 5
        assert len(face.weights()) == 52
        assert face.weights()["mouthSmileLeft"] > 0.2
        face.release()
        wait_for(lambda: face.shown().label == "neutral" and face.shown().valence < 0.05)
        assert face.shown("nobody").label == "neutral"
        assert set(face.weights("nobody").values()) == {0.0}


def test_two_bridges_run_side_by_side(output):
    with Bridge(outputs=output) as one, Bridge({"outputs": output, "fps": 30}) as other:
        one.feel("joy")
        other.feel("anger")
        wait_for(lambda: one.shown().valence > 0.3 and other.shown().valence < -0.3)
    wait_for(lambda: threads() == set())


def test_after_the_end_a_call_raises_and_the_bridge_may_start_again(output):
    face = Bridge(outputs=output)
    for call in (lambda: face.feel("joy"), face.shown, face.weights, face.release):
        with pytest.raises(RuntimeError, match="not running"):
            call()
    for _ in range(2):
        with face:
            face.feel("joy")
            with pytest.raises(RuntimeError, match="already running"):
                face.__enter__()
            face.feel("joy")
        with pytest.raises(RuntimeError, match="not running"):
            face.feel("joy")
    wait_for(lambda: threads() == set())


def test_a_mistake_in_the_configuration_is_raised_by_either_form():
    async def enter() -> None:
        async with Bridge(outputs="x://"):
            pytest.fail("it started")

    with pytest.raises(ConfigError, match=r"^Bridge\(\): outputs\[1\]"), Bridge(outputs=["x://"]):
        pytest.fail("it started")
    with pytest.raises(ConfigError, match="fsp: no such setting"), Bridge({"fsp": 1}):
        pytest.fail("it started")
    with pytest.raises(ConfigError, match=r"outputs\[1\]"):
        asyncio.run(enter())
    wait_for(lambda: threads() == set())


def test_an_address_in_use_is_logged_and_stops_nothing(output, caplog):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with Bridge(inputs=f"osc://127.0.0.1:{port}", outputs=output) as face:
            wait_for(lambda: f"osc 127.0.0.1:{port}" in caplog.text)
            face.feel("joy")
            wait_for(lambda: face.shown().valence > 0.3)
    assert "retrying" in caplog.text


def test_inputs_of_the_configuration_work_beside_the_program(output):
    with Bridge(inputs="demo", outputs=output) as face:
        wait_for(lambda: face.shown().source == "demo")
        face.feel("anger")
        wait_for(lambda: face.shown().source == "python")
        with pytest.raises(UpdateError, match="unknown emotion"):
            face.feel("xyzzy")
        assert face.shown().label == "anger 1"


def test_calls_from_many_threads_at_once_are_all_taken(output):
    with Bridge(outputs=output) as face:

        def call(number: int) -> None:
            for _ in range(200):
                face.feel("joy", stream=f"s{number}")
                face.speaking(True, stream=f"s{number}")

        callers = [threading.Thread(target=call, args=(n,), daemon=True) for n in range(8)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
        wait_for(lambda: all(face.shown(f"s{n}").valence > 0.3 for n in range(8)))


def test_the_process_is_left_as_it_was(output):
    def globals_of_the_process() -> object:
        root = logging.getLogger()
        numbers = [signal.SIGINT, signal.SIGTERM]
        return (
            [signal.getsignal(number) for number in numbers],
            sys.getswitchinterval(),
            gc.get_freeze_count(),
            (root.level, list(root.handlers)),
            type(asyncio.get_event_loop_policy()),
        )

    before = globals_of_the_process()
    with Bridge({"outputs": output, "log_level": "debug"}):
        assert globals_of_the_process() == before
    assert globals_of_the_process() == before


def test_a_start_that_is_cancelled_leaves_nothing_running(output):
    async def cancelled() -> None:
        starting = asyncio.create_task(Bridge(outputs=output).__aenter__())
        await asyncio.sleep(0)
        starting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await starting

    asyncio.run(cancelled())
    wait_for(lambda: threads() == set())


def test_the_async_form_does_not_block_the_loop(output):
    async def longest_pause() -> float:
        longest, running = 0.0, True

        async def watch() -> None:
            nonlocal longest
            then = time.monotonic()
            while running:
                await asyncio.sleep(0.005)
                longest, then = max(longest, time.monotonic() - then), time.monotonic()

        watching = asyncio.create_task(watch())
        async with Bridge(outputs=output) as face:
            face.feel("joy")
            await asyncio.sleep(0.2)
        running = False
        await watching
        return longest

    assert asyncio.run(longest_pause()) < 0.25  # a stop takes .3 s


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_child_is_told_that_the_bridge_is_its_parents(output):
    code = f"""if True:
        import os, sys
        from bridge import Bridge
        with Bridge(outputs={output!r}) as face:
            child = os.fork()
            if not child:
                try:
                    face.feel("joy")
                except RuntimeError as problem:
                    os._exit(7 if "parent" in str(problem) else 8)
            print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
            face.feel("joy")
    """
    ran = run([sys.executable, "-c", code])
    assert (ran.stdout.strip(), ran.returncode) == ("7", 0), ran.stderr


def test_to_import_bridge_loads_neither_numpy_nor_settings_nor_asyncio():
    code = (
        "import sys, bridge;"
        "print(sorted({'numpy', 'pydantic', 'asyncio', 'bridge.config'} & set(sys.modules)))"
    )
    ran = run([sys.executable, "-c", code])
    assert ran.stdout.strip() == "[]", ran.stderr
    code = "import sys; from bridge import Bridge; print('torch' in sys.modules)"
    ran = run([sys.executable, "-c", code])
    assert ran.stdout.strip() == "False", ran.stderr


def test_every_name_of_the_package_resolves():
    assert all(getattr(bridge, name) for name in bridge.__all__)
    with pytest.raises(AttributeError, match="no attribute 'Brigde'"):
        _ = bridge.Brigde  # codespell:ignore


def test_a_program_is_type_checked_against_bridge(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(
        "from bridge import Bridge, ConfigError, Shown, UpdateError\n"
        "with Bridge({'fps': 30}, outputs=['vseeface']) as face:\n"
        "    face.feel((0.1, 0.2, 0.3), 0.5)\n"
        "    shown: Shown = face.shown()\n"
        "    face.feel(3)\n"
    )
    mypy = [sys.executable, "-m", "mypy", "--strict", str(program)]
    ran = run(mypy)
    assert "program.py:5: error" in ran.stdout
    assert "Found 1 error" in ran.stdout
