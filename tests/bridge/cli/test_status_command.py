"""`affect-bridge status`: with a bridge, another program, or nothing at the address."""

import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

WELL = {
    "healthy": True,
    "reasons": [],
    "version": "9.9",
    "uptime_seconds": 100.0,
    "frames": {"wanted_per_second": 60, "sent": 6000, "dropped": 0, "stalls": 0},
    "inputs": [{"name": "stdin", "state": "up", "seconds_in_state": 100.0, "updates": 3}],
    "outputs": [],
    "streams": [{"name": "アリス", "label": "joy 1", "valence": 0.8}],
}
NOT_WELL = {**WELL, "healthy": False, "reasons": ["no frame was sent for 9.0 s"]}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append((self.path, self.headers["Host"]))
        self.wfile.write(self.server.answer)

    def log_message(self, *_):
        pass


@pytest.fixture
def answering():
    """Starts a server that answers these bytes; it records the requests."""
    servers = []

    def start(body, status=200, whole=True):
        server = HTTPServer(("127.0.0.1", 0), Handler)
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        head = f"HTTP/1.1 {status} x\r\nContent-Length: {len(text)}\r\n\r\n".encode()
        server.answer, server.asked = head + text if whole else text, []
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        servers.append(server)
        server.place = f"127.0.0.1:{server.server_port}"
        return server

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def tcp_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_a_healthy_bridge_is_shown_with_status_0(run, answering):
    server = answering(WELL)
    status, said, problems = run("status", server.place)
    assert (status, problems) == (0, "")
    assert server.asked == [("/healthz", server.place)]
    assert "healthy" in said
    assert "stdin" in said
    assert "アリス" in said


def test_an_unhealthy_bridge_is_shown_with_its_reasons_and_status_1(run, answering):
    status, said, _ = run("status", answering(NOT_WELL, 503).place)
    assert status == 1
    assert "no frame was sent for 9.0 s" in said


@pytest.mark.parametrize(("told", "code", "expected"), [(WELL, 200, 0), (NOT_WELL, 503, 1)])
def test_json_is_printed_unchanged(run, answering, told, code, expected):
    status, said, _ = run("status", "--json", answering(told, code).place)
    assert status == expected
    assert json.loads(said) == told


@pytest.mark.parametrize("spelling", ["http://{}", "http://{}/", "http://{}/healthz", "{}"])
def test_where_to_ask_may_be_a_url(run, answering, spelling):
    assert run("status", spelling.format(answering(WELL).place))[0] == 0


def test_a_port_alone_is_one_of_this_machine(run, answering):
    assert run("status", str(answering(WELL).server_port))[0] == 0


def test_a_configuration_says_where_to_ask(run, answering, tmp_path):
    config = tmp_path / "studio.yaml"
    config.write_text(f"health: {answering(WELL).place}\n")
    assert run("status", "--config", str(config))[0] == 0


def test_no_answer_is_one_sentence_that_says_how_to_turn_health_on(run, tcp_port):
    status, said, problem = run("status", f"127.0.0.1:{tcp_port}")
    assert (status, said) == (1, "")
    assert problem.count("\n") == 1
    assert f"127.0.0.1:{tcp_port}" in problem
    assert "`health: 127.0.0.1:9464`" in problem


@pytest.mark.parametrize(
    "body",
    [b"<html>", b"[]", b"{", b"", b"[" * 100_000, b'{"healthy": true}', b"\xff", b"1" * 9000],
)
def test_another_program_that_answers_is_reported(run, answering, body):
    status, said, problem = run("status", answering(body).place)
    assert (status, said) == (1, "")
    assert "is not affect-bridge" in problem


def test_a_program_that_does_not_speak_http_is_reported(run, answering):
    status, _, problem = run("status", answering(b"220 smtp ready\r\n", whole=False).place)
    assert status == 1
    assert "does not speak HTTP" in problem


def test_another_program_s_answer_cannot_send_escape_sequences_to_the_terminal(run, answering):
    told = {**NOT_WELL, "version": "\x1b[2J", "reasons": ["\x1b]0;owned\x07"]}
    _, said, _ = run("status", answering(told).place)
    assert said.replace("\n", "").isprintable()


@pytest.mark.parametrize("place", ["nonsense", "https://127.0.0.1:9464", "127.0.0.1:0", "host:"])
def test_a_malformed_address_is_a_mistake(run, place):
    status, _, problem = run("status", place)
    assert status == 2
    assert "expected host:port" in problem


def test_a_configuration_without_health_is_a_mistake_that_says_what_to_add(run, tmp_path):
    config = tmp_path / "studio.yaml"
    config.write_text("fps: 60\n")
    status, _, problem = run("status", "--config", str(config))
    assert status == 2
    assert str(config) in problem
    assert "`health: 127.0.0.1:9464`" in problem


def test_a_configuration_with_a_mistake_is_reported_with_line_and_key(run, tmp_path):
    config = tmp_path / "studio.yaml"
    config.write_text("health: 0.0.0.0:9464\n")
    status, _, problem = run("status", "--config", str(config))
    assert status == 2
    assert f"{config}:1: health" in problem


def test_a_place_and_a_configuration_at_once_are_a_mistake(run):
    assert run("status", "127.0.0.1:1", "--config", "studio.yaml")[0] == 2
