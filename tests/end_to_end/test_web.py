"""The HTTP interface of the running command, used as programs and browsers use it."""

import http.client
import json
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

SCHEMATHESIS = shutil.which("schemathesis", path=str(Path(sys.executable).parent))
SCHEMATHESIS_SECONDS = 20
SMILE = "MouthSmileLeft"


class Web:
    """The interface at a port."""

    def __init__(self, port):
        self.port = port

    def ask(self, method, path, body=None, **headers):
        """Status, headers and body; None if nothing answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, named)
            response = connection.getresponse()
            return response.status, dict(response.headers), response.read().decode()
        except ConnectionError:
            return None
        finally:
            connection.close()

    def get(self, path, **headers):
        """Status and JSON."""
        answer = self.ask("GET", path, **headers)
        return answer and (answer[0], json.loads(answer[2]))

    def post(self, path, body, **headers):
        answer = self.ask("POST", path, body.encode(), **headers)
        return answer and (answer[0], json.loads(answer[2]))


@pytest.fixture
def web(free_tcp_port):
    return Web(free_tcp_port)


@pytest.fixture
def served(face, web, eventually):
    """Starts a bridge with the interface, and waits for both."""

    def start(*arguments, **popen):
        bridge = face("--still", *arguments, "--web", f"127.0.0.1:{web.port}", **popen)
        eventually(lambda: web.get("/"))
        return bridge

    return start


def child_of(bridge):
    [child] = psutil.Process(bridge.process.pid).children()
    return child


def test_an_update_by_http_moves_the_face_and_is_told(served, web, avatar, eventually):
    served()
    status, told = web.post("/v1/streams/main", "happiness 0.9")
    assert status == 200
    assert told["label"] == "happiness 0.9"
    assert (told["stream"], told["hold_seconds"]) == ("main", None)
    assert told["valence"] > 0.5
    status, shown = web.get("/v1/streams/main?weights=true")
    assert (status, shown["label"], shown["source"]) == (
        200,
        "happiness 0.9",
        f"web 127.0.0.1:{web.port}",
    )
    assert 0 <= shown["seconds_ago"] < 5
    eventually(lambda: avatar.weight(SMILE) > 0.4)
    eventually(
        lambda: web.get("/v1/streams/main?weights=true")[1]["weights"]["mouthSmileLeft"] > 0.4
    )


def test_a_killed_web_process_is_started_again_while_the_frames_go_on(
    served, web, avatar, eventually
):
    bridge = served()
    first = child_of(bridge)
    frames = len(avatar.vmc)
    began = time.monotonic()
    first.kill()
    eventually(lambda: web.get("/") and child_of(bridge).pid != first.pid)
    assert bridge.logged("WARNING", "the web process ended (signal 9); retrying")
    sent, seconds = len(avatar.vmc) - frames, time.monotonic() - began
    assert sent > 50 * seconds


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="no signal stops a process here")
def test_a_web_process_that_hangs_is_replaced_while_the_frames_go_on(
    served, web, avatar, eventually
):
    bridge = served()
    hung = child_of(bridge)
    hung.suspend()
    frames, began = len(avatar.vmc), time.monotonic()
    eventually(lambda: not hung.is_running() or hung.status() == psutil.STATUS_ZOMBIE, 30)
    assert bridge.logged("WARNING", "the web process did not respond for 10 s and was ended")
    eventually(lambda: web.get("/v1/status"), 15)
    sent, seconds = len(avatar.vmc) - frames, time.monotonic() - began
    assert sent > 50 * seconds


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_the_web_process_never_outlives_the_bridge(served, eventually, number):
    bridge = served()
    child = child_of(bridge)
    bridge.signal(number)
    bridge.ends()
    eventually(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)
    assert "Traceback" not in bridge.log


def test_nothing_that_a_client_sends_breaks_the_description(served, web, tmp_path):
    """Event streams never end; tests/bridge/web/test_events.py tries them."""
    served()
    done = subprocess.run(
        [
            *(str(SCHEMATHESIS), "run", f"http://127.0.0.1:{web.port}/v1/openapi.json"),
            *("--checks", "all", "--exclude-operation-id", "watchStream"),
            # No schema tells which texts are an emotion: any update may be refused.
            *("--exclude-checks", "positive_data_acceptance"),
            *("--max-examples", "30", "--max-time", str(SCHEMATHESIS_SECONDS), "--seed", "1"),
            *("--request-timeout", "10", "--no-color"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=SCHEMATHESIS_SECONDS + 60,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


def test_a_port_that_is_taken_is_named_and_tried_again(face, web, eventually):
    with socket.create_server(("127.0.0.1", web.port)):
        bridge = face("--web", f"127.0.0.1:{web.port}")
        eventually(
            lambda: bridge.logged(
                f"web 127.0.0.1:{web.port}: TCP port {web.port} on 127.0.0.1 is already taken "
                "by another program; retrying"
            )
        )
    eventually(lambda: web.get("/"), 30)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGHUP")
def test_a_reload_moves_the_port_and_turns_the_interface_off(
    run_bridge, avatar, web, eventually, tmp_path
):
    config = tmp_path / "studio.yaml"
    rest = f"inputs: [demo]\noutputs: ['vmc://127.0.0.1:{avatar.port}']\n"
    config.write_text(f"{rest}web: {web.port}\n")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        other = Web(probe.getsockname()[1])
    bridge = run_bridge("run", str(config))
    eventually(lambda: web.get("/"))
    config.write_text(f"{rest}web: {other.port}\n")
    bridge.signal(signal.SIGHUP)
    eventually(lambda: other.get("/"))
    assert web.get("/") is None
    first = child_of(bridge)
    config.write_text(rest)
    bridge.signal(signal.SIGHUP)
    eventually(lambda: not first.is_running())
    assert other.get("/") is None
    avatar.more_frames()


def test_a_page_of_another_site_cannot_move_the_face(served, web):
    bridge = served()
    evil = {"Origin": "https://evil.example", "Content_Type": "text/plain"}
    status, body = web.post("/v1/streams/main", "anger", **evil)
    assert (status, set(body)) == (403, {"error", "expected"})
    assert web.get("/v1/streams/main")[1]["label"] == "neutral"
    assert web.get("/v1/streams", Host="evil.example")[0] == 403
    assert not bridge.logged("refused")


def test_other_networks_are_served_with_a_token_alone(run_bridge, face, web, eventually, tmp_path):
    config = tmp_path / "studio.yaml"
    config.write_text(f"web: 0.0.0.0:{web.port}\n")
    bridge = run_bridge("run", str(config))
    assert bridge.ends(9) == 2
    assert bridge.logged(f"{config}:1: web:", "needs a token")

    token = "a-token-of-some-length"
    (tmp_path / "token").write_text(f"{token}\n")
    config.write_text(f"web: {{at: 0.0.0.0:{web.port}, token_file: token}}\n")
    bridge = face(str(config))
    eventually(lambda: web.ask("GET", "/"))
    assert web.get("/v1/streams")[0] == 401
    assert web.get("/v1/streams?access_token=wrong")[0] == 401
    assert web.get("/v1/streams", Authorization=f"Bearer {token}")[0] == 200
    child = child_of(bridge)
    assert token not in " ".join(child.cmdline()) + " ".join(child.environ().values())
    bridge.stop()
    assert token not in bridge.log


def test_a_token_that_is_missing_or_weak_is_named_and_nothing_is_served(
    face, web, eventually, tmp_path
):
    config = tmp_path / "studio.yaml"
    config.write_text(f"web: {{at: 127.0.0.1:{web.port}, token_env: NO_SUCH_VARIABLE}}\n")
    bridge = face(str(config))
    eventually(lambda: bridge.logged("the environment variable NO_SUCH_VARIABLE is not set"))
    assert web.get("/") is None


def test_a_visitor_that_reads_nothing_costs_no_memory(served, web, eventually):
    bridge = served()
    lazy = []
    for _ in range(40):
        connection = socket.create_connection(("127.0.0.1", web.port))
        connection.sendall(
            b"GET /v1/streams/main/events?weights=true HTTP/1.1\r\nHost: localhost\r\n\r\n"
        )
        lazy.append(connection)
    processes = [psutil.Process(bridge.process.pid), child_of(bridge)]
    bridge.say("joy")
    time.sleep(1.0)
    before = [process.memory_info().rss for process in processes]
    for step in range(40):  # about 100 kB a second for each, if it were kept
        bridge.say(f"{step % 2} 0 0")
        time.sleep(0.1)
    after = [process.memory_info().rss for process in processes]
    assert all(now - then < 4e6 for now, then in zip(after, before, strict=True))
    assert web.get("/v1/streams/main")[0] == 200
    for connection in lazy:
        connection.close()


def test_an_update_that_is_refused_is_logged_like_one_of_any_input(served, web, eventually):
    bridge = served()
    assert web.post("/v1/streams", "hapiness")[0] == 422
    eventually(lambda: bridge.logged(f"web 127.0.0.1:{web.port}: refused 'hapiness'"))


def test_the_status_names_the_interface_among_the_inputs(served, web, tmp_path, free_udp_port):
    config = tmp_path / "studio.yaml"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        health = Web(probe.getsockname()[1])
    config.write_text(f"health: {health.port}\n")
    served(str(config))
    web.post("/v1/streams", "joy")
    time.sleep(0.1)
    inputs = {row["name"]: row for row in health.get("/healthz")[1]["inputs"]}
    assert inputs[f"web 127.0.0.1:{web.port}"]["state"] == "up"
    assert inputs[f"web 127.0.0.1:{web.port}"]["updates"] == 1


def test_a_configuration_that_is_taken_for_an_address_is_explained(run_bridge):
    bridge = run_bridge("run", "--web", "studio.yaml")
    assert bridge.ends(9) == 2
    assert bridge.logged("give the file first, as in: run studio.yaml --web")
