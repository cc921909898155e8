"""Updates on stdin: a real pipe or terminal."""

import json
import os
import subprocess
import sys

import pytest


def test_every_spelling_of_happiness_smiles(face, avatar, at_once, eventually):
    bridge = face(at_once)
    for line in (
        "0.8 0.6 0.5",
        "0.8, 0.6, 0.5",
        "happiness 1",
        "Happiness",
        '{"valence": 0.8, "arousal": 0.6, "dominance": 0.5}',
        '{"vad": [0.8, 0.6, 0.5], "fade": 0.1}',
        '{"emotion": "happiness", "intensity": 1, "stream": "main"}',
    ):
        bridge.say(line)
        eventually(lambda: avatar.weight("MouthSmileLeft") > 0.6)
        bridge.say("surprise")
        eventually(lambda: avatar.weight("MouthSmileLeft") < 0.2)


def test_a_mixture_shows_both(face, avatar, eventually):
    face().say("happiness+surprise 1")
    eventually(
        lambda: avatar.weight("MouthSmileLeft") > 0.1 and avatar.weight("BrowOuterUpLeft") > 0.1
    )


@pytest.fixture
def quick(tmp_path):
    """A configuration that eases quickly, but not at once."""
    config = tmp_path / "quick.yaml"
    config.write_text("interpolation: {onset: 0.05, release: 0.1}\n")
    return str(config)


def test_the_last_emotion_stays_until_it_expires_then_eases_out(face, avatar, quick, eventually):
    bridge = face("--still", quick)
    bridge.say(json.dumps({"emotion": "happiness", "hold": 1.5}))
    eventually(lambda: avatar.weight("MouthSmileLeft") > 0.1)
    heard_at = avatar.vmc[-1].time
    bridge.end_input()
    assert bridge.ends(within=8.0) == 0
    smiles = [(frame.time - heard_at, frame.weights["MouthSmileLeft"]) for frame in avatar.vmc]
    assert all(smile > 0.6 for since, smile in smiles if 0.8 < since < 1.3)
    falling = [smile for since, smile in smiles if since > 1.6]
    assert falling == sorted(falling, reverse=True)
    assert any(0.05 < smile < 0.4 for smile in falling)
    assert set(avatar.vmc[-1].weights.values()) == {0.0}


def test_an_endless_emotion_is_held_a_moment_after_the_end(face, avatar, quick):
    bridge = face(quick, "--from", "stdin?hold_at_end=1.2")
    bridge.say("happiness 1")
    bridge.end_input()
    assert bridge.ends(within=9.0) == 0
    smiling = [frame.time for frame in avatar.vmc if frame.weights["MouthSmileLeft"] > 0.6]
    assert smiling[-1] - smiling[0] > 0.5
    assert set(avatar.vmc[-1].weights.values()) == {0.0}


def test_a_last_line_without_a_line_end_counts(face, avatar, eventually):
    bridge = face()
    bridge.write(b"anger 1")
    bridge.end_input()
    eventually(lambda: avatar.weight("BrowDownLeft") > 0.5)


@pytest.mark.parametrize("stdin", [subprocess.DEVNULL, "closed"])
def test_without_any_input_it_ends_at_the_neutral_face(run_bridge, avatar, stdin):
    closed = stdin == "closed"
    bridge = run_bridge(
        *("run", "--to", f"vmc://127.0.0.1:{avatar.port}"),
        stdin=subprocess.DEVNULL if closed else stdin,
        preexec_fn=(lambda: os.close(0)) if closed else None,
    )
    assert bridge.ends() == 0
    assert set(avatar.vmc[-1].weights.values()) == {0.0}


def smiled(avatar):
    return any(frame.weights["MouthSmileLeft"] > 0.5 for frame in avatar.vmc)


def test_a_demo_is_no_reason_to_stay_when_a_pipe_closes(face, avatar, at_once, eventually):
    bridge = face(at_once, "--from", "stdin?hold_at_end=1", "--from", "demo")
    bridge.say("anger 1")
    eventually(lambda: avatar.weight("BrowDownLeft") > 0.5)
    bridge.end_input()
    assert bridge.ends(within=9.0) == 0
    assert set(avatar.vmc[-1].weights.values()) == {0.0}


@pytest.mark.parametrize("stdin", ["null", "closed"])
def test_a_service_without_standard_input_plays_its_demo(run_bridge, avatar, eventually, stdin):
    bridge = run_bridge(
        *("run", "--from", "stdin?hold_at_end=0.1", "--from", "demo"),
        *("--to", f"vmc://127.0.0.1:{avatar.port}"),
        stdin=subprocess.DEVNULL,
        preexec_fn=(lambda: os.close(0)) if stdin == "closed" else None,
    )
    eventually(lambda: smiled(avatar))
    avatar.more_frames(120)
    assert bridge.process.poll() is None
    assert bridge.stop() == 0


def test_another_input_is_a_reason_to_stay(face, avatar, free_udp_port, eventually):
    bridge = face(
        *("--from", "stdin?hold_at_end=0.1", "--from", f"osc://127.0.0.1:{free_udp_port}"),
    )
    bridge.say("neutral")
    bridge.end_input()
    eventually(lambda: bridge.logged("stdin closed; the other inputs continue"))
    avatar.more_frames(120)
    assert bridge.process.poll() is None
    assert bridge.stop() == 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
def test_the_end_of_a_terminal_ends_a_bridge_with_a_demo(face, avatar):
    import pty  # noqa: PLC0415 - not on Windows

    terminal, end_of_bridge = pty.openpty()
    try:
        bridge = face("--from", "stdin?hold_at_end=0.1", "--from", "demo", stdin=end_of_bridge)
        os.write(terminal, b"\x04")  # Ctrl-D
        assert bridge.ends(within=9.0) == 0
    finally:
        os.close(terminal)
        os.close(end_of_bridge)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such pipes")
def test_a_pipe_that_another_program_made_non_blocking_is_read(run_bridge, avatar, eventually):
    reading, writing = os.pipe()
    os.set_blocking(reading, False)  # as node does with what it shares
    bridge = run_bridge("run", "--to", f"vmc://127.0.0.1:{avatar.port}", stdin=reading)
    eventually(lambda: avatar.vmc)
    os.write(writing, b"happiness 1\n")
    eventually(lambda: avatar.weight("MouthSmileLeft") > 0.5)
    assert not bridge.logged("cannot read")
    os.close(reading)
    os.close(writing)


def test_the_last_line_of_a_flood_counts_although_the_pipe_closes(face, avatar, at_once):
    bridge = face(at_once)
    bridge.write(b"happiness 1\n" * 5000 + b"anger\n")
    bridge.end_input()
    assert bridge.ends(within=9.0) == 0
    assert any(frame.weights["BrowDownLeft"] > 0.5 for frame in avatar.vmc)


def test_refused_lines_are_logged_once_and_then_counted(face, avatar, eventually):
    bridge = face()
    for _ in range(50):
        bridge.say("wibble 0.5")
    bridge.say("happiness 1")
    eventually(lambda: avatar.weight("MouthSmileLeft") > 0.5)
    (warning,) = bridge.lines_with("refused")
    assert all(words in warning for words in ("stdin", "wibble", "Expected", '"happiness 0.9"'))
    assert bridge.stop() == 0
    (summary,) = bridge.lines_with("refused")[1:]
    assert "49 more" in summary


def test_frames_go_on_through_a_flood_of_bytes_without_meaning(face, avatar, eventually):
    bridge = face()
    before = len(avatar.vmc)
    for seed in range(20):
        bridge.write(bytes((seed + 7 * i) % 256 for i in range(50_000)))
    bridge.write(b"\n")
    bridge.say("happiness 1")
    eventually(lambda: avatar.weight("MouthSmileLeft") > 0.5)
    assert len(avatar.vmc) > before + 5
    assert len(bridge.lines_with("refused")) <= 1
    assert "Traceback" not in bridge.log


def test_a_line_fed_in_halves_counts_when_it_is_complete(face, avatar, eventually):
    bridge = face()
    bridge.write(b"happi")
    avatar.more_frames(20)
    assert avatar.weight("MouthSmileLeft") < 0.1
    bridge.write(b"ness 1\n")
    eventually(lambda: avatar.weight("MouthSmileLeft") > 0.5)
    assert not bridge.logged("refused")


def test_windows_line_ends_and_a_byte_order_mark_do_not_disturb(face, avatar, eventually):
    bridge = face()
    bridge.write(b"\xef\xbb\xbfhappiness 1\r\n")
    eventually(lambda: avatar.weight("MouthSmileLeft") > 0.5)
    assert not bridge.logged("refused")


def test_numbers_out_of_range_are_clamped_with_one_warning(face, avatar, eventually):
    bridge = face()
    bridge.say("1.05 0.6 0.5")
    bridge.say("1.1 0.6 0.5")
    eventually(lambda: avatar.weight("MouthSmileLeft") > 0.5)
    assert len(bridge.lines_with("clamped")) == 1
    assert all(0.0 <= w <= 1.0 for frame in avatar.vmc for w in frame.weights.values())


def test_numbers_that_are_not_finite_are_refused(face, avatar, eventually):
    bridge = face("--still")  # a blink would raise weights, too
    bridge.say("nan inf -inf")
    eventually(lambda: bridge.logged("refused", "not finite"))
    avatar.more_frames(20)
    assert all(0.0 <= w < 0.1 for frame in avatar.vmc for w in frame.weights.values())


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
def test_typing_on_a_terminal_works_and_its_last_row_says_how_things_are(face, avatar, eventually):
    import pty  # noqa: PLC0415 - not on Windows

    terminal, end_of_bridge = pty.openpty()
    try:
        bridge = face(stdin=end_of_bridge, stderr=end_of_bridge)
        os.write(terminal, b"happiness 1\n")
        eventually(lambda: avatar.weight("MouthSmileLeft") > 0.5)
        screen = b""

        def shown():
            nonlocal screen
            screen += os.read(terminal, 65536)
            return b"happiness 1 from stdin | " in screen and b" fps" in screen

        eventually(shown)
        assert bridge.stop() == 0
    finally:
        os.close(terminal)
        os.close(end_of_bridge)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
def test_a_person_at_a_terminal_is_answered_and_the_demo_goes_on(
    face, avatar, eventually, tmp_path
):
    import pty  # noqa: PLC0415 - not on Windows

    config = tmp_path / "typed.yaml"
    config.write_text("inputs: [{from: stdin, hold: 1}, demo]\ninterpolation: none\n")
    terminal, end_of_bridge = pty.openpty()
    try:
        bridge = face(str(config), stdin=end_of_bridge)
        os.write(terminal, b"sadness\n")
        eventually(lambda: avatar.weight("MouthFrownLeft") > 0.3)
        eventually(lambda: bridge.logged("sadness 1 for 1 s; then other inputs count again"))
        eventually(lambda: avatar.weight("MouthFrownLeft") < 0.1)
        for _ in range(2):
            os.write(terminal, b"sadnes\n")
        eventually(lambda: len(bridge.lines_with('did you mean "sadness"')) == 2)
        os.write(terminal, b"quit\n")
        assert bridge.ends() == 0
    finally:
        os.close(terminal)
        os.close(end_of_bridge)
