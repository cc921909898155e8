"""The command as a new user sees it: mistakes, the example, imports, output."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "config.example.yaml"


def mistake(run_bridge, *arguments):
    """Run a command that must fail with status 2 at once. Returns its output."""
    bridge = run_bridge(*arguments, stdin=subprocess.DEVNULL)
    assert bridge.ends() == 2
    assert "Traceback" not in bridge.log
    return bridge.log


def test_all_mistakes_in_a_file_are_named_with_line_and_key(run_bridge, tmp_path):
    config = tmp_path / "wrong.yaml"
    config.write_text(
        "fps: 600\n"
        "inputs:\n"
        "  - stdin\n"
        "  - from: osc://127.0.0.1:9130\n"
        "    prority: 3\n"
        "outputs:\n"
        "  - vcm://127.0.0.1\n"
        "simetry: 1\n"
    )
    said = mistake(run_bridge, "run", str(config)).splitlines()
    assert len(said) == 4
    for line, (number, *words) in zip(
        said,
        [
            (1, "fps", "600", "240"),
            (5, "prority", "did you mean priority?"),
            (7, "vcm", "did you mean vmc?"),
            (8, "simetry", "did you mean symmetry?"),
        ],
        strict=True,
    ):
        assert line.startswith(f"{config}:{number}: ")
        assert all(word in line for word in words)


@pytest.mark.parametrize(("text", "line"), [("fps: [60\n", 2), ("fps: 60\nfps: 30\n", 2)])
def test_a_file_that_is_no_configuration_is_named_with_its_line(run_bridge, tmp_path, text, line):
    config = tmp_path / "wrong.yaml"
    config.write_text(text)
    assert mistake(run_bridge, "run", str(config)).startswith(f"{config}:{line}: ")


def test_a_file_that_contains_itself_is_refused(run_bridge, tmp_path):
    config = tmp_path / "wrong.yaml"
    config.write_text("inputs: &again [*again]\n")
    assert str(config) in mistake(run_bridge, "check", str(config))


def test_all_mistakes_on_the_command_line_are_named_at_once(run_bridge):
    inputs = {
        "stdn": "did you mean stdin?",
        "osc": "port",
        "mqtt://127.0.0.1": "topic",
        "mqtt://ann:tops3cret@127.0.0.1/affect/+/set": "password_env",
    }
    outputs = {
        "vmc:127.0.0.1:39539": "vmc://",
        "vmc://127.0.0.1:70000": "65535",
        "vmc://127.0.0.1?evry=2": "did you mean every?",
        "osc://127.0.0.1:9000/face": "{name}",
        "osc://127.0.0.1:9000/my face/{name}": "cannot contain ' '",
    }
    said = mistake(
        *(run_bridge, "run", "--fps", "0"),
        *(word for address in inputs for word in ("--from", address)),
        *(word for address in outputs for word in ("--to", address)),
    ).splitlines()
    wanted = {
        "fps": "greater than or equal to 1",
        **{f"inputs[{n}]": hint for n, hint in enumerate(inputs.values(), start=1)},
        **{f"outputs[{n}]": hint for n, hint in enumerate(outputs.values(), start=1)},
    }
    for place, hint in wanted.items():
        assert any(place in line and hint in line for line in said), (place, hint)
    assert "tops3cret" not in "".join(said)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["run", "--fps", "fast"], "fps"),
        (["run", "--to", "vmc://127.0.0.1?every=[1"], "every"),
        (["run", "no-such-file.yaml"], "no-such-file.yaml"),
        (["listen", "osc"], "osc://"),
        (["fly"], "fly"),
        ([], "COMMAND"),
    ],
)
def test_a_mistake_in_the_command_is_explained(run_bridge, arguments, word):
    assert word in mistake(run_bridge, *arguments)


def test_an_option_that_looks_like_a_number_may_be_a_name(run_bridge, avatar):
    to = f"vmc://127.0.0.1:{avatar.port}?stream=7"
    bridge = run_bridge("run", "--to", to, stdin=subprocess.DEVNULL)
    assert bridge.ends() == 0
    assert avatar.vmc


@pytest.fixture
def example(tmp_path, receive, free_udp_port, free_tcp_port):
    """The example with free ports instead of the usual ones, and its two receivers."""
    vmc, livelink = receive(), receive()
    text = EXAMPLE.read_text(encoding="utf-8")
    ports = {"39539": vmc.port, "11111": livelink.port, "9130": free_udp_port}
    ports["9464"] = free_tcp_port
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        ports["8765"] = probe.getsockname()[1]
    for usual, free in ports.items():
        assert usual in text
        text = text.replace(usual, str(free))
    copy = tmp_path / "example.yaml"
    copy.write_text(text, encoding="utf-8")
    return copy, vmc, livelink


def test_the_example_plays_the_demo_until_an_update_comes(run_bridge, example, eventually):
    config, vmc, livelink = example
    bridge = run_bridge("run", str(config))
    eventually(lambda: vmc.weight("MouthSmileLeft") > 0.2)  # the demo begins with happiness
    bridge.say("anger 1")
    eventually(lambda: vmc.weight("BrowDownLeft") > 0.6)
    bridge.say("surprise 1")
    eventually(lambda: livelink.livelink[-1].weights["JawOpen"] > 0.3)
    assert {frame.subject for frame in livelink.livelink} == {"AffectBridge"}
    assert bridge.stop() == 0
    assert "ERROR" not in bridge.log


def test_status_shows_the_example_that_runs(run_bridge, example, eventually):
    config, vmc, _ = example
    bridge = run_bridge("run", str(config))
    eventually(lambda: vmc.weight("MouthSmileLeft") > 0.2)
    bridge.say("anger 1")
    eventually(lambda: vmc.weight("BrowDownLeft") > 0.6)
    status = run_bridge("status", "--config", str(config))
    assert status.ends(9) == 0
    shown = status.printed.decode()
    assert re.search(r"main +anger 1 +stdin +\d+ s +-0.70 ", shown), shown
    assert "streams: 1 of 64; 0 updates refused" in shown
    assert re.search(r"update to datagram: half within [\d.]+ ms, 99 % ", shown), shown
    assert bridge.stop() == 0


def test_status_watches_a_bridge_that_comes_and_goes(run_bridge, example, eventually):
    config, _, _ = example
    watch = run_bridge("status", "--config", str(config), "--watch", "--json")
    lines = []
    reader = threading.Thread(
        target=lambda: lines.extend(map(json.loads, watch.process.stdout)), daemon=True
    )
    reader.start()
    eventually(lambda: lines)
    assert "no bridge answers" in lines[0]["reasons"][0]
    bridge = run_bridge("run", str(config))
    eventually(lambda: lines[-1]["healthy"])
    assert lines[-1]["streams"][0]["source"] == "demo"
    assert bridge.stop() == 0
    eventually(lambda: not lines[-1]["healthy"])
    watch.signal(signal.SIGINT)
    assert watch.ends() == 0
    reader.join()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
def test_status_watches_on_a_terminal_in_place(run_bridge, example, eventually):
    import pty  # noqa: PLC0415 - not on Windows
    import termios  # noqa: PLC0415

    config, vmc, _ = example
    run_bridge("run", str(config))
    eventually(lambda: vmc.vmc)
    terminal, inside = pty.openpty()
    termios.tcsetwinsize(inside, (8, 80))
    watch = run_bridge("status", "--config", str(config), "--watch", stdout=inside)
    drawn = b""
    while drawn.count(b"\x1b[H") < 3:
        drawn += os.read(terminal, 65536)
    watch.signal(signal.SIGINT)
    assert watch.ends() == 0
    os.close(terminal)
    os.close(inside)
    frames = drawn.decode().split("\x1b[H")[1:3]
    assert all("affect-bridge" in frame and frame.endswith("\x1b[J") for frame in frames)
    assert all(frame.count("\n") == 7 for frame in frames)  # the eighth row stays free


def test_the_checked_example_can_itself_be_run(run_bridge, example, tmp_path, eventually):
    config, vmc, _ = example
    check = run_bridge("check", str(config))
    assert check.ends() == 0
    effective = tmp_path / "effective.yaml"
    effective.write_bytes(check.printed)
    run_bridge("run", str(effective))
    eventually(lambda: vmc.vmc)


def test_running_never_imports_pytorch(avatar, free_tcp_port, free_udp_port, eventually):
    process = subprocess.Popen(
        [
            *(sys.executable, "-X", "importtime", "-m", "bridge", "run"),
            *("--from", "stdin", "--from", f"mqtt://127.0.0.1:{free_tcp_port}/affect/+/set"),
            *("--from", f"osc://127.0.0.1:{free_udp_port}", "--from", "demo"),
            *("--to", f"vmc://127.0.0.1:{avatar.port}"),
            *("--to", f"livelink://127.0.0.1:{avatar.port}/Face"),
            *("--to", f"osc://127.0.0.1:{avatar.port}"),
        ],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        eventually(lambda: len(avatar.datagrams) > 50)
        process.terminate()
        _, log = process.communicate(timeout=9.0)
    finally:
        process.kill()
    imported = {line.split("|")[-1].strip() for line in log.splitlines() if "|" in line}
    assert {"numpy", "aiomqtt", "bridge.daemon.daemon"} <= imported
    assert not {name for name in imported if name.split(".")[0] in {"torch", "triton"}}


def test_listen_prints_what_the_bridge_sends(run_bridge, free_udp_port, shapes, eventually):
    listener = run_bridge(
        "listen", f"livelink://127.0.0.1:{free_udp_port}", "--json", "--count", "3"
    )
    eventually(lambda: listener.logged("listening"))
    run_bridge("run", "--from", "demo", "--to", f"livelink://127.0.0.1:{free_udp_port}/Ada")
    assert listener.ends(within=9.0) == 0
    frames = [json.loads(line) for line in listener.printed.splitlines()]
    assert len(frames) == 3
    for frame in frames:
        assert frame["subject"] == "Ada"
        assert set(shapes) <= frame["weights"].keys()


def test_listen_says_that_its_port_is_taken(run_bridge):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as somebody:
        somebody.bind(("127.0.0.1", 0))
        port = somebody.getsockname()[1]
        listener = run_bridge("listen", f"vmc://127.0.0.1:{port}")
        assert listener.ends() == 1
    assert str(port) in listener.log
    assert "Traceback" not in listener.log
