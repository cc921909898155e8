"""A reload applies a changed configuration while frames go on."""

import signal
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGHUP")


@pytest.fixture
def config(tmp_path):
    """Writes a configuration file, and writes it again."""
    path = tmp_path / "studio.yaml"

    def write(text):
        path.write_text(text)
        return str(path)

    return write


def reload(bridge, eventually, *words):
    """Ask for a reload and wait for its log line."""
    before = len(bridge.lines_with("reload"))
    bridge.signal(signal.SIGHUP)
    eventually(lambda: len(bridge.lines_with("reload")) > before and bridge.logged(*words))


def test_an_output_moves_while_the_other_keeps_its_port_and_its_frames(
    run_bridge, receive, eventually, config
):
    stays, leaves, comes = receive(), receive(), receive()
    two = "inputs: [demo]\noutputs: ['vmc://127.0.0.1:{}', 'vmc://127.0.0.1:{}']\n"
    bridge = run_bridge("run", config(two.format(stays.port, leaves.port)))
    eventually(lambda: stays.vmc and leaves.vmc)
    config(two.format(stays.port, comes.port))
    reload(bridge, eventually, "outputs[2].to", str(leaves.port), "→", str(comes.port))
    eventually(lambda: len(comes.vmc) > 30)
    gone = len(leaves.vmc)
    stays.more_frames(20)
    assert len(leaves.vmc) == gone
    assert len(set(stays.senders)) == 1
    times = [frame.time for frame in stays.vmc]
    frames = [round(seconds * 60) for seconds in times]
    missing = frames[-1] - frames[0] + 1 - len(set(frames))
    assert missing <= 2  # what a busy machine drops; a closed output would miss more
    assert bridge.stop() == 0


def test_an_update_survives_a_change_of_its_input_s_settings(face, avatar, eventually, config):
    path = config("inputs: [stdin]\n")
    bridge = face(path)
    bridge.say("surprise 1")
    eventually(lambda: avatar.weight("BrowInnerUp") > 0.6)
    config("inputs: [{from: stdin, priority: 3}]\ninterpolation: linear\n")
    reload(bridge, eventually, "inputs[1].priority: 0 → 3")
    avatar.more_frames(30)
    assert min(frame.weights["BrowInnerUp"] for frame in avatar.vmc[-30:]) > 0.55
    bridge.say("neutral")  # the same reader still listens
    eventually(lambda: avatar.weight("BrowInnerUp") < 0.05)


def test_the_updates_of_a_removed_source_end(face, avatar, eventually, config, free_udp_port):
    path = config("inputs: [stdin, demo]\n")
    bridge = face(path)
    eventually(lambda: avatar.weight("MouthSmileLeft") > 0.2)
    config(f"inputs: [stdin, 'osc://127.0.0.1:{free_udp_port}']\n")
    reload(bridge, eventually, "inputs[2].from: demo →")
    eventually(lambda: avatar.weight("MouthSmileLeft") < 0.05)


def test_the_frame_rate_changes_without_a_jump_in_time(face, avatar, eventually, config):
    path = config("fps: 60\n")
    bridge = face(path)
    avatar.more_frames(30)
    config("fps: 20\n")
    reload(bridge, eventually, "fps: 60.0 → 20.0")
    avatar.more_frames(25)
    times = [frame.time for frame in avatar.vmc[-20:]]
    assert (times[-1] - times[0]) / 19 == pytest.approx(1 / 20, rel=0.2)
    steps = [b.time - a.time for a, b in zip(avatar.vmc, avatar.vmc[1:], strict=False)]
    assert max(steps) < 0.3


def test_a_mistake_changes_nothing_and_is_logged_with_its_line(face, avatar, eventually, config):
    path = config("fps: 60\n")
    bridge = face(path)
    config("fps: 60\nsymmetry: 7\n")
    reload(bridge, eventually, "not reloaded", f"{path}:2", "symmetry", "7")
    avatar.more_frames(20)
    config("fps: 60\nsymmetry: 0.5\n")
    reload(bridge, eventually, "symmetry: 1.0 → 0.5")
    avatar.more_frames(20)
    assert bridge.stop() == 0


def test_a_reload_without_a_change_says_so(face, eventually, config):
    path = config("fps: 60\n")
    reload(face(path), eventually, "has not changed")


def test_a_watched_file_is_read_again_when_it_is_replaced(face, eventually, config):
    path = config("watch: true\n")
    bridge = face(path)
    fresh = Path(f"{path}.new")
    fresh.write_text("watch: true\nlog_level: warning\nsymmetry: 0.25\n")
    fresh.replace(path)
    eventually(lambda: bridge.logged("reload: symmetry: 1.0 → 0.25"))


def test_without_a_file_a_hang_up_is_a_normal_stop(face):
    bridge = face()
    bridge.signal(signal.SIGHUP)
    assert bridge.ends() == 0


def test_weights_that_were_trained_anew_under_the_same_name_are_taken(
    face, avatar, eventually, config, tmp_path
):
    shipped = Path(__file__).parent.parent.parent / "bridge" / "model" / "weights.safetensors"
    weights = tmp_path / "face.safetensors"
    weights.write_bytes(shipped.read_bytes())
    bridge = face(config(f"model: {weights}\n"))
    bridge.say("happiness 1")
    eventually(lambda: avatar.weight("MouthSmileLeft") > 0.6)
    arrays = load_file(weights)
    silent = {name: np.zeros_like(array) for name, array in arrays.items()}
    save_file(silent, tmp_path / "fresh")
    (tmp_path / "fresh").replace(weights)
    reload(bridge, eventually, "has not changed")
    eventually(lambda: avatar.weight("MouthSmileLeft") == 0.0)
