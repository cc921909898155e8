"""The running command beside other programs of the Lab Streaming Layer, each a process."""

import json
import os
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

try:
    import pylsl  # noqa: F401
except (ImportError, RuntimeError, OSError) as problem:
    pytest.skip(f"the Lab Streaming Layer is missing: {problem}", allow_module_level=True)

from bridge.outputs.lsl import CHANNELS, UNITS

OTHER = Path(__file__).parent.parent / "bridge/lsl/streams.py"
SMILE, BROW = "MouthSmileLeft", "BrowDownLeft"


@pytest.fixture
def name():
    """No other test in this network uses it."""
    return f"Ratings-{uuid.uuid4().hex[:8]}"


@pytest.fixture
def other():
    """Starts another program; it is killed at the end."""
    started = []

    def start(*arguments):
        process = subprocess.Popen(
            [sys.executable, str(OTHER), *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def written(tmp_path, name, more=""):
    config = tmp_path / "bridge.yaml"
    config.write_text(f"inputs:\n  - from: lsl://name={name}\n{more}face: {{still: true}}\n")
    return str(config)


def test_ratings_of_another_program_move_the_face(face, avatar, other, name, tmp_path, eventually):
    more = "    columns: {valence: Pleasure now, arousal: '3'}\n    scale: [1, 9]\n"
    first = other("outlet", name, "Other,Pleasure now,Third", "99,8.6,6.5")
    bridge = face(written(tmp_path, name, more))
    eventually(lambda: avatar.weight(SMILE) > 0.4, 20)
    first.kill()
    assert eventually(lambda: bridge.logged("lsl", "has ended"), 20)
    other("outlet", name, "Other,Pleasure now,Third", "99,1.5,8")
    eventually(lambda: avatar.weight(SMILE) < 0.1 and avatar.weight(BROW) > 0.2, 30)


def test_texts_of_another_program_are_read_as_messages(
    face, avatar, other, name, tmp_path, eventually
):
    other("outlet", name, "text", "happiness 0.9")
    face(written(tmp_path, name))
    eventually(lambda: avatar.weight(SMILE) > 0.4, 20)


def test_channels_that_cannot_be_told_are_named(face, other, name, tmp_path, eventually):
    other("outlet", name, "x,y", "1,2")
    bridge = face(written(tmp_path, name))
    assert eventually(lambda: bridge.logged("no channel with valence; the stream has x, y"), 20)


def test_another_program_receives_the_face_with_names_and_units(
    run_bridge, other, name, tmp_path, eventually
):
    config = tmp_path / "bridge.yaml"
    config.write_text(f"inputs: stdin\noutputs: lsl://name={name}\nface: {{still: true}}\n")
    bridge = run_bridge("run", str(config))
    bridge.say("happiness 0.9")
    assert eventually(lambda: bridge.logged(f"lsl {name}", "up"), 20)
    process = other("inlet", name, 120)
    told = json.loads(process.communicate(timeout=60)[0])
    assert told["labels"] == list(CHANNELS)
    assert told["units"] == list(UNITS)
    assert (told["type"], told["rate"]) == ("Face", 60.0)
    assert told["manufacturer"].startswith("affect-bridge ")
    last = dict(zip(CHANNELS, told["samples"][-1], strict=True))
    assert last["valence"] == pytest.approx(0.72, abs=0.02)
    assert last["mouthSmileLeft"] > 0.4
    assert abs(told["now"] - told["times"][-1]) < 2.0  # the clock of LSL
    steps = sorted(b - a for a, b in zip(told["times"], told["times"][1:], strict=False))
    assert steps[len(steps) // 2] == pytest.approx(1 / 60, rel=0.3)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("inputs: lsl://127.0.0.1:9", "expected the stream's name, type or source_id"),
        ("inputs: [{from: 'lsl://name=A', columns: {valense: a}}]", "did you mean valence?"),
        ("outputs: lsl://type=A", "expected the name of the outlet"),
        ("outputs: ['lsl', 'lsl://name=affect-bridge']", "duplicate output lsl"),
        ("outputs: [{to: 'lsl://name={stream}'}]", "an outlet has one stream"),
    ],
)
def test_a_mistake_is_named(tmp_path, line, why):
    config = tmp_path / "bridge.yaml"
    config.write_text(f"{line}\n")
    done = subprocess.run(
        [sys.executable, "-m", "bridge", "check", str(config)],
        capture_output=True,
        text=True,
        env=os.environ,
        check=False,
    )
    assert done.returncode == 2
    assert why in done.stderr
