"""The HTTP interface of the running command, used as programs and browsers use it."""

import http.client
import json
import signal
import time

import psutil
import pytest

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


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_the_web_process_never_outlives_the_bridge(served, eventually, number):
    bridge = served()
    child = child_of(bridge)
    bridge.signal(number)
    bridge.ends()
    eventually(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)
    assert "Traceback" not in bridge.log
