"""No command fails because of the encoding of its output. Each command runs as a process in each of
four encodings: of Windows in the West and in Japan, of old consoles, and ASCII."""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import torch
import yaml

from bridge.cli import COMMANDS
from bridge.config.reading import read_settings
from bridge.model.network import VadToBlendshapes
from protocols.dialect import Shown
from protocols.face import Face
from protocols.livelink import DIALECT as LIVELINK

ENCODINGS = ["cp1252", "cp932", "cp437", "ascii"]
FOREIGN = "夜…é😐"
"""No encoding has all of these characters."""

Done = subprocess.CompletedProcess[str]


def run(encoding: str, *arguments: str, given: str = "") -> Done:
    """A command as a process whose output has this encoding, to its end."""
    return process(encoding, "-m", "bridge", *arguments, given=given)


def process(encoding: str, *arguments: str, given: str = "") -> Done:
    done = subprocess.run(
        [sys.executable, *arguments],
        input=given.encode(),
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": encoding, "OMP_NUM_THREADS": "1"},
        timeout=120,
        check=False,
    )
    out, err = (text.decode(encoding) for text in (done.stdout, done.stderr))
    return subprocess.CompletedProcess(done.args, done.returncode, out, err)


def succeeds(done: Done) -> Done:
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    return done


@pytest.fixture
def config(tmp_path: Path) -> str:
    path = tmp_path / f"{FOREIGN}.yaml"
    path.write_text(f"inputs: [demo]\noutputs: ['livelink://127.0.0.1:1/{FOREIGN}']\n", "utf-8")
    return str(path)


@pytest.fixture
def health() -> Iterator[str]:
    """The address of a server that answers like a bridge."""
    report = {
        "healthy": True,
        "affect_bridge": FOREIGN,
        "version": FOREIGN,
        "frames": {},
        "streams": [{"name": FOREIGN, "label": FOREIGN}],
    }
    body = json.dumps(report, ensure_ascii=False).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def face(udp_port: int) -> Iterator[str]:
    """The address where faces arrive, with a subject that has every kind of character."""
    [datagram] = LIVELINK.encoder(Shown(path=FOREIGN)).encode(Face())
    enough = threading.Event()

    def keep_sending() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            while not enough.wait(0.02):
                sender.sendto(datagram, ("127.0.0.1", udp_port))

    sending = threading.Thread(target=keep_sending)
    sending.start()
    yield f"livelink://127.0.0.1:{udp_port}"
    enough.set()
    sending.join()


@pytest.fixture
def checkpoint(tmp_path: Path) -> str:
    path = tmp_path / f"{FOREIGN}.pt"
    torch.save({"model": VadToBlendshapes().state_dict()}, path)
    return str(path)


Check = Callable[[str, pytest.FixtureRequest], object]


def check_run(encoding: str, request: pytest.FixtureRequest) -> None:
    port = request.getfixturevalue("udp_port")
    said = f"happiness 0.9\n{FOREIGN}\n"
    to = f"livelink://127.0.0.1:{port}/{FOREIGN}"
    succeeds(run(encoding, "run", "--from", "stdin?hold_at_end=0.1", "--to", to, given=said))


def check_check(encoding: str, request: pytest.FixtureRequest) -> None:
    """What is printed can itself be run, and means the same."""
    config = Path(request.getfixturevalue("config"))
    printed = succeeds(run(encoding, "check", str(config))).stdout
    again = config.with_name("printed.yaml")
    again.write_text(printed, "utf-8")
    assert read_settings(again) == read_settings(config)
    assert run(encoding, "check", f"{config}.{FOREIGN}").returncode == 2


def check_status(encoding: str, request: pytest.FixtureRequest) -> None:
    place = request.getfixturevalue("health")
    succeeds(run(encoding, "status", place))
    report = json.loads(succeeds(run(encoding, "status", place, "--json")).stdout)
    assert report["version"] == FOREIGN


def check_view(encoding: str, request: pytest.FixtureRequest) -> None:
    place = request.getfixturevalue("health")
    assert f"http://{place}" in succeeds(run(encoding, "view", "--print", place)).stdout
    assert run(encoding, "view", FOREIGN).returncode == 2


def check_init(encoding: str, request: pytest.FixtureRequest) -> None:
    path = request.getfixturevalue("tmp_path") / f"new-{FOREIGN}.yaml"
    succeeds(run(encoding, "init", str(path)))
    read_settings(path)
    assert run(encoding, "init", str(path)).returncode == 2


def check_doctor(encoding: str, request: pytest.FixtureRequest) -> None:
    config = request.getfixturevalue("config")
    done = run(encoding, "doctor", config)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "nothing is listening" in done.stdout
    printed = json.loads(run(encoding, "doctor", "--json", config).stdout)
    assert FOREIGN in printed["findings"][0]["found"]


def check_listen(encoding: str, request: pytest.FixtureRequest) -> None:
    place = request.getfixturevalue("face")
    succeeds(run(encoding, "listen", place, "--count", "1"))
    report = json.loads(succeeds(run(encoding, "listen", place, "--count", "1", "--json")).stdout)
    assert report["subject"] == FOREIGN


def table_of(request: pytest.FixtureRequest) -> Path:
    table = Path(request.getfixturevalue("tmp_path")) / f"{FOREIGN}.csv"
    table.write_text(f"t,v,a,stream\n0,0,0,夜\n0.1,{FOREIGN},0,夜\n0.2,0.1,0,夜\n", "utf-8")
    return table


def check_render(encoding: str, request: pytest.FixtureRequest) -> None:
    table = table_of(request)
    config = table.with_suffix(".yaml")
    config.write_text(f"inputs: 'file:{table.name}'\n", "utf-8")
    done = succeeds(run(encoding, "render", str(config), str(table.with_suffix(".npz"))))
    assert "13 frames" in done.stdout
    assert "skipped" in done.stderr
    assert run(encoding, "render", str(config), FOREIGN).returncode == 2


def rendered_table(encoding: str, request: pytest.FixtureRequest) -> Path:
    table = table_of(request)
    config, rendered = table.with_suffix(".yaml"), table.with_name(f"{FOREIGN}.out.csv")
    config.write_text(f"inputs: 'file:{table.name}'\n", "utf-8")
    succeeds(run(encoding, "render", str(config), str(rendered)))
    return rendered


def check_plot(encoding: str, request: pytest.FixtureRequest) -> None:
    rendered = rendered_table(encoding, request)
    figure = rendered.with_suffix(".png")
    done = succeeds(
        run(encoding, "plot", str(rendered), "-o", str(figure), "--mark", f"0={FOREIGN}")
    )
    assert "frames" in done.stdout
    assert run(encoding, "plot", FOREIGN, "-o", "x.png").returncode == 2


def check_compare(encoding: str, request: pytest.FixtureRequest) -> None:
    rendered = str(rendered_table(encoding, request))
    for form in ([], ["--json"], ["--csv"]):
        succeeds(run(encoding, "compare", rendered, rendered, *form))
    assert run(encoding, "compare", FOREIGN, FOREIGN).returncode == 2


def check_record(encoding: str, request: pytest.FixtureRequest) -> None:
    nobody = run(encoding, "record", f"{FOREIGN}.jsonl", "--web", "127.0.0.1:1")
    assert (nobody.returncode, "Traceback" in nobody.stderr) == (1, False)
    assert run(encoding, "record", FOREIGN).returncode == 2


def check_replay(encoding: str, request: pytest.FixtureRequest) -> None:
    to = f"osc://127.0.0.1:{request.getfixturevalue('udp_port')}/{{stream}}/{{name}}"
    succeeds(run(encoding, "replay", str(table_of(request)), "--to", to))
    assert run(encoding, "replay", FOREIGN).returncode == 2


def check_receivers(encoding: str, request: pytest.FixtureRequest) -> None:
    succeeds(run(encoding, "receivers"))
    succeeds(run(encoding, "receivers", "vtube-studio"))
    assert run(encoding, "receivers", FOREIGN).returncode == 2


def check_emotions(encoding: str, request: pytest.FixtureRequest) -> None:
    succeeds(run(encoding, "emotions"))
    assert run(encoding, "emotions", FOREIGN).returncode == 1


def check_mcp(encoding: str, request: pytest.FixtureRequest) -> None:
    ping = '{"jsonrpc": "2.0", "id": 1, "method": "ping"}'
    printed = succeeds(run(encoding, "mcp", "--stream", FOREIGN, given=f"{ping}\n")).stdout
    assert json.loads(printed)["id"] == 1
    assert run(encoding, "mcp", "--bridge", FOREIGN).returncode == 2


def check_predict(encoding: str, request: pytest.FixtureRequest) -> None:
    printed = succeeds(run(encoding, "predict", "--emotion", "joy")).stdout
    bar = "#" if encoding in ("ascii", "cp1252", "cp932") else "█"
    assert f" {bar}" in printed
    assert run(encoding, "predict", "--emotion", FOREIGN).returncode == 2


def check_evaluate(encoding: str, request: pytest.FixtureRequest) -> None:
    checkpoint = request.getfixturevalue("checkpoint")
    succeeds(run(encoding, "evaluate", "--checkpoint", checkpoint))


def check_install_service(encoding: str, request: pytest.FixtureRequest) -> None:
    config = request.getfixturevalue("config")
    succeeds(run(encoding, "install-service", "--print", config))
    assert run(encoding, "install-service", f"{config}{FOREIGN}").returncode == 2


def check_convert(encoding: str, request: pytest.FixtureRequest) -> None:
    checkpoint = request.getfixturevalue("checkpoint")
    succeeds(run(encoding, "convert", checkpoint, f"{checkpoint}.safetensors"))


def check_train(encoding: str, request: pytest.FixtureRequest) -> None:
    weights = request.getfixturevalue("tmp_path") / f"{FOREIGN}.safetensors"
    tiny = ("--samples", "120", "--batch", "64", "--epochs", "1")
    succeeds(run(encoding, "train", str(weights), *tiny))


SLOW = {"convert", "evaluate", "train"}
"""They import PyTorch, which takes seconds: one encoding is enough for them."""

CHECKS: dict[str, Check] = {name: globals()[f"check_{name.replace('-', '_')}"] for name in COMMANDS}


ALL_HELP = """
import contextlib
from bridge.cli import COMMANDS, main
for command in COMMANDS:
    with contextlib.suppress(SystemExit):
        main([command, "--help"])
"""


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_help_works_in_an_encoding_that_lacks_characters(encoding: str) -> None:
    printed = succeeds(process(encoding, "-c", ALL_HELP)).stdout
    assert all(f"usage: affect-bridge {command}" in printed for command in COMMANDS)


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_works_in_an_encoding_that_lacks_characters(
    command: str, encoding: str, request: pytest.FixtureRequest
) -> None:
    if command not in SLOW or encoding == "ascii":
        CHECKS[command](encoding, request)


def test_a_name_that_is_not_unicode_can_be_printed_as_utf_8(tmp_path: Path) -> None:
    """Python marks the bytes of such a name with characters that UTF-8 does not have."""
    config = os.fsdecode(bytes(tmp_path) + b"/\xff.yaml")
    succeeds(run("utf-8", "install-service", "--print", config))


def test_yaml_is_readable_where_every_character_can_be_written(config: str) -> None:
    printed = succeeds(run("utf-8", "check", config)).stdout
    assert FOREIGN in printed
    assert yaml.safe_load(printed)["inputs"][0]["from"] == "demo"
