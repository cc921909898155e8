"""`affect-bridge record` beside a running bridge."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from bridge.recording.contents import read_recording
from bridge.rendering.reading import read_faces
from protocols.arkit import INDEX


@pytest.fixture
def start_record(tmp_path):
    """Starts the command; it is killed at the end."""
    started = []

    def start(*arguments, **env):
        command = [sys.executable, "-m", "bridge", "record", *arguments]
        process = subprocess.Popen(
            command,
            cwd=tmp_path,
            env={**os.environ, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_every_stream_is_recorded_with_its_labels(
    run_bridge, free_tcp_port, tmp_path, start_record, eventually
):
    place = f"127.0.0.1:{free_tcp_port}"
    config = tmp_path / "bridge.yaml"
    config.write_text(
        f"inputs: stdin\nweb: {place}\nface: {{still: true}}\n"
        "outputs: [{to: 'livelink://127.0.0.1:9/{stream}', stream: '*'}]\n"
    )
    bridge = run_bridge("run", str(config))
    bridge.say("happiness 0.9")
    assert eventually(lambda: bridge.logged("web", "up"))
    process = start_record("show.jsonl.gz", "--web", place)
    path = tmp_path / "show.jsonl.gz"
    eventually(lambda: path.exists() and read_recording(path).faces)
    bridge.say("sadness")
    bridge.say('{"emotion": "anger", "stream": "bob"}')
    smile, brow = INDEX["mouthSmileLeft"], INDEX["browDownLeft"]

    def latest(stream):
        of_stream = [face for face in read_recording(path).faces if face.stream == stream]
        return of_stream[-1].weights if of_stream else np.zeros(52)

    eventually(lambda: latest("main")[smile] < 0.1 and latest("bob")[brow] > 0.4)
    bridge.stop()
    said, _ = process.communicate(timeout=20)  # the bridge has stopped, and so does the command
    assert process.returncode == 0
    faces = read_recording(path).faces
    assert f"show.jsonl.gz: {len(faces)} faces of 2 streams" in said
    mine = [face for face in faces if face.stream == "main"]
    assert [face.label for face in mine if face.label][:2] == ["happiness 0.9", "sadness 1"]
    sad = next(n for n, face in enumerate(mine) if face.label == "sadness 1")
    assert mine[sad - 1].weights[smile] > 0.4
    assert all(abs(face.wall - time.time()) < 120 for face in faces)
    found = read_faces(path)
    assert {("main", "sadness 1"), ("bob", "anger 1")} <= {mark[1:] for mark in found.marks}


def test_the_file_says_what_it_lacks(face, free_tcp_port, tmp_path, start_record, eventually):
    place = f"127.0.0.1:{free_tcp_port}"
    bridge = face("--web", place)
    assert eventually(lambda: bridge.logged("web", "up"))
    process = start_record("show.jsonl", "--web", place)
    path = tmp_path / "show.jsonl"
    eventually(lambda: path.exists() and path.read_text().count("\n") > 5)
    process.send_signal(signal.SIGINT)
    said, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (0, "")
    header = json.loads(path.read_text().splitlines()[0])
    assert "updates as they were sent" in header["lacks"]
    assert header["fps"] is None
    assert "faces of 1 streams" in said


def test_it_stops_after_the_seconds_and_gives_the_token(
    face, free_tcp_port, tmp_path, start_record, eventually
):
    place = f"127.0.0.1:{free_tcp_port}"
    config = tmp_path / "bridge.yaml"
    (tmp_path / "token").write_text("a-token-of-some-length\n")
    config.write_text(f"web: {{at: '{place}', token_file: token}}\n")
    bridge = face(str(config))
    assert eventually(lambda: bridge.logged("web", "up"))
    refused = start_record("show.jsonl", "--web", place)
    _, why = refused.communicate(timeout=20)
    assert refused.returncode == 1
    assert why.startswith(f"{place}: a token is needed; expected the header")
    arguments = ("--web", place, "--token-env", "SECRET", "--seconds", "1.5")
    process = start_record("show.jsonl", *arguments, SECRET="a-token-of-some-length")
    said, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    assert read_recording(tmp_path / "show.jsonl").faces
    assert "of 1 streams" in said


def test_a_bridge_that_does_not_answer_costs_no_earlier_recording(
    free_tcp_port, tmp_path, start_record
):
    (tmp_path / "show.jsonl").write_text("yesterday\n")
    process = start_record("show.jsonl", "--web", f"127.0.0.1:{free_tcp_port}")
    _, why = process.communicate(timeout=20)
    assert process.returncode == 1
    assert why.startswith(f"127.0.0.1:{free_tcp_port}: no bridge answers: ")
    assert [path.name for path in tmp_path.iterdir()] == ["show.jsonl"]
