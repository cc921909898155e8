"""What was recorded is played again: the command as a process, received by an avatar program."""

import csv
import gzip
import itertools
import json
import signal
import struct
import time
import zlib
from pathlib import Path

import pytest


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A lively face that is recorded."""
    path = tmp_path / "record.yaml"
    path.write_text("record: show.jsonl.gz\nface: {seed: 2}\n")
    return path


def unpacked(path: Path) -> list[str]:
    """Every whole line of a gzip file, even if it has no end."""
    text = zlib.decompressobj(31).decompress(path.read_bytes()).decode()
    return text[: text.rindex("\n")].splitlines()


def faces(path: Path) -> list[dict]:
    lines = map(json.loads, unpacked(path))
    return [line for line in lines if "weights" in line]


def show(bridge, avatar) -> None:
    """Half a second each of joy and anger."""
    for line in ("joy 1", '{"emotion": "anger", "fade": 0.1}'):
        bridge.say(line)
        avatar.more_frames(30)


def test_a_recording_has_what_came_in_and_what_went_out(face, avatar, config, tmp_path):
    bridge = face(str(config))
    show(bridge, avatar)
    assert bridge.stop() == 0
    text = gzip.decompress((tmp_path / "show.jsonl.gz").read_bytes()).decode()
    header, *lines = [json.loads(line) for line in text.splitlines()]
    assert header["recording"] == 1
    came_in = [line for line in lines if "in" in line]
    assert [(line["in"], line["stream"], line["sent"]) for line in came_in] == [
        ("stdin", "main", "joy 1"),
        ("stdin", "main", '{"emotion": "anger", "fade": 0.1}'),
    ]
    assert came_in[1]["fade"] == 0.1
    went_out = [line for line in lines if "weights" in line]
    shown = [list(frame.weights.values()) for frame in avatar.vmc]
    names = [name[:1].upper() + name[1:] for name in header["blendshapes"]]
    order = [names.index(name) for name in avatar.vmc[0].names]
    # VMC left out the frames before its receiver was found, if any.
    recorded = [[line["weights"][place] for place in order] for line in went_out]
    first = next(n for n in range(len(recorded)) if close(recorded[n], shown[0]))
    assert len(recorded) - first == len(shown)
    assert all(map(close, recorded[first:], shown))
    assert set(went_out[-1]["weights"]) == {0.0}
    assert abs(went_out[-1]["wall"] - time.time()) < 30


def close(one: list[float], other: list[float]) -> bool:
    return all(abs(a - b) <= 1e-6 for a, b in zip(one, other, strict=True))


def test_a_killed_bridge_leaves_a_recording_that_can_be_played(
    face, avatar, config, tmp_path, run_bridge, receive
):
    bridge = face(str(config))
    show(bridge, avatar)
    shown = len(avatar.vmc)
    bridge.process.kill()
    bridge.process.wait()
    kept = faces(tmp_path / "show.jsonl.gz")
    assert len(kept) > shown - 60
    player = receive()
    replay = run_bridge(
        *("replay", str(tmp_path / "show.jsonl.gz"), "--as-recorded"),
        *("--to", f"vmc://127.0.0.1:{player.port}"),
    )
    assert replay.ends(within=15) == 0
    most = max(frame.weights["BrowDownLeft"] for frame in player.vmc)
    assert most == pytest.approx(max(face["weights"][0] for face in kept), abs=1e-5)


@pytest.mark.parametrize("speed", [1, 2])
def test_a_recording_is_played_as_recorded_within_a_frame_of_its_times(
    face, avatar, config, tmp_path, run_bridge, receive, speed
):
    bridge = face(str(config))
    show(bridge, avatar)
    bridge.stop()
    recorded = faces(tmp_path / "show.jsonl.gz")
    player = receive()
    replay = run_bridge(
        *("replay", str(tmp_path / "show.jsonl.gz"), "--as-recorded", "--speed", str(speed)),
        *("--to", f"vmc://127.0.0.1:{player.port}"),
    )
    assert replay.ends(within=15) == 0
    assert replay.logged("file show.jsonl.gz: ended; stopping")
    # Every face that is shown is one of the recorded ones, at its time.
    start = recorded[0]["t"]
    when = {key(line["weights"]): (line["t"] - start) / speed for line in recorded}
    names = [name[:1].upper() + name[1:] for name in header(tmp_path)["blendshapes"]]
    found = []
    for frame in player.vmc:
        weights = [frame.weights[name] for name in names]
        if any(weights) and (at := when.get(key(weights))) is not None:
            found.append(frame.time - at)
    assert len(found) > len(recorded) / speed * 0.7
    late = sorted(found)
    middle = late[len(late) // 2]
    within = [abs(offset - middle) <= 1.5 / 60 for offset in late]
    assert sum(within) > 0.85 * len(within)  # frames that a busy machine drops are late


def header(folder: Path) -> dict:
    return json.loads(unpacked(folder / "show.jsonl.gz")[0])


def key(weights: list[float]) -> bytes:
    return struct.pack("52f", *weights)


def test_feelings_of_a_recording_go_through_the_present_layers(
    face, avatar, config, tmp_path, run_bridge, receive
):
    bridge = face(str(config))
    show(bridge, avatar)
    bridge.stop()
    settings = tmp_path / "weak.yaml"
    settings.write_text("face: {still: true, strength: 0.5}\n")
    player = receive()
    replay = run_bridge(
        *("replay", str(tmp_path / "show.jsonl.gz"), "--config", str(settings)),
        *("--to", f"vmc://127.0.0.1:{player.port}"),
    )
    assert replay.ends(within=15) == 0
    before = max(frame.weights["MouthSmileLeft"] for frame in avatar.vmc)
    now = max(frame.weights["MouthSmileLeft"] for frame in player.vmc)
    assert 0.35 * before < now < 0.65 * before
    assert max(frame.weights["BrowDownLeft"] for frame in player.vmc) > 0.2


def test_a_replay_recorded_again_has_the_same_faces(
    face, avatar, config, tmp_path, run_bridge, receive
):
    bridge = face(str(config))
    show(bridge, avatar)
    bridge.stop()
    again = tmp_path / "again.yaml"
    again.write_text("record: again.jsonl\n")
    replay = run_bridge(
        *("replay", str(tmp_path / "show.jsonl.gz"), "--as-recorded", "--config", str(again)),
        *("--to", f"vmc://127.0.0.1:{receive().port}"),
    )
    assert replay.ends(within=15) == 0
    first = [line["weights"] for line in faces(tmp_path / "show.jsonl.gz")]
    text = (tmp_path / "again.jsonl").read_text().splitlines()
    second = [line["weights"] for line in map(json.loads, text) if "weights" in line]
    same = [weights for weights in second if weights in first]
    assert len(same) > 0.7 * len(first)


def test_a_take_for_the_live_link_face_app_is_recorded_and_played(
    face, avatar, tmp_path, run_bridge, receive
):
    config = tmp_path / "take.yaml"
    config.write_text("record: take.csv\n")
    bridge = face(str(config))
    show(bridge, avatar)
    bridge.stop()
    rows = list(csv.DictReader((tmp_path / "take.csv").open()))
    most = max(float(row["BrowDownLeft"]) for row in rows)
    assert most > 0.5
    player = receive()
    replay = run_bridge(
        "replay", str(tmp_path / "take.csv"), "--to", f"livelink://127.0.0.1:{player.port}/Face"
    )
    assert replay.ends(within=15) == 0
    shown = max(frame.weights["BrowDownLeft"] for frame in player.livelink)
    assert shown == pytest.approx(most, abs=1e-5)


def test_a_table_mixes_with_a_live_input(face, avatar, tmp_path, free_udp_port, eventually):
    (tmp_path / "table.csv").write_text("t,emotion\n0,happiness\n0.2,happiness\n")
    config = tmp_path / "mixed.yaml"
    config.write_text(
        "inputs: [stdin, {from: 'file:table.csv', loop: true, priority: -1}]\nface: {still: true}\n"
    )
    bridge = face(str(config))
    eventually(lambda: avatar.weight("MouthSmileLeft") > 0.4)
    bridge.say('{"emotion": "anger", "hold": 1}')
    eventually(lambda: avatar.weight("BrowDownLeft") > 0.5)
    eventually(lambda: avatar.weight("MouthSmileLeft") > 0.4)


def test_a_loop_goes_on_until_it_is_stopped(run_bridge, receive, tmp_path):
    table = tmp_path / "table.csv"
    table.write_text("t,v,a\n0,0.8,0.5\n0.3,-0.8,0.3\n0.6,0,0\n")
    player = receive()
    replay = run_bridge("replay", str(table), "--loop", "--to", f"vmc://127.0.0.1:{player.port}")
    player.more_frames(150)
    smiles = [frame.weights["MouthSmileLeft"] > 0.15 for frame in player.vmc]
    begun = sum(1 for before, now in itertools.pairwise(smiles) if now and not before)
    assert begun >= 3
    replay.signal(signal.SIGINT)
    assert replay.ends() == 0


def test_a_reload_begins_and_ends_a_recording(face, avatar, tmp_path, eventually):
    config = tmp_path / "a.yaml"
    config.write_text("watch: true\n")
    bridge = face(str(config))
    config.write_text("watch: true\nrecord: show.jsonl\n")
    path = tmp_path / "show.jsonl"
    eventually(lambda: path.exists() and path.read_text().count("\n") > 20)
    config.write_text("watch: true\n")
    eventually(lambda: bridge.logged("record.file", "→ (none)") and not growing(path))
    assert bridge.stop() == 0


def growing(path: Path) -> bool:
    before = path.stat().st_size
    time.sleep(0.5)
    return path.stat().st_size > before
