"""`affect-bridge view`. test_console.py starts it with a bridge."""

import json
import threading
import webbrowser
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from bridge.cli import main


class Bridge(BaseHTTPRequestHandler):
    """Answers as a bridge does."""

    told: object = {"affect_bridge": "1.0"}

    def do_GET(self):
        body = self.told if isinstance(self.told, bytes) else json.dumps(self.told).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def answering():
    """Starts a server that answers this; returns its place."""
    servers = []

    def start(answer):
        class Handler(Bridge):
            told = answer

        server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        servers.append(server)
        return f"127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def opened(monkeypatch):
    """The addresses that a browser was asked to open."""
    urls = []
    monkeypatch.setattr(webbrowser, "open", lambda url: urls.append(url) or True)
    return urls


@pytest.mark.parametrize("spelt", ["{}", "http://{}", "http://{}/"])
def test_the_page_of_a_running_bridge_is_opened(answering, opened, spelt):
    place = answering({"affect_bridge": "1.0"})
    assert main(["view", spelt.format(place)]) == 0
    assert opened == [f"http://{place}"]


def test_the_address_is_printed_where_there_is_no_browser(answering, monkeypatch, capsys):
    place = answering({"affect_bridge": "1.0"})
    monkeypatch.setattr(webbrowser, "open", lambda url: False)
    assert main(["view", place]) == 0
    assert capsys.readouterr().out == f"http://{place}\n"


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (b"<html>", "another program answers"),
        ({"hello": 1}, "another program answers"),
        ({"error": "the Host header 'x' is not allowed"}, "the Host header"),
    ],
)
def test_nothing_is_opened_where_no_bridge_answers(answering, opened, capsys, told, why):
    place = answering(told)
    assert main(["view", place]) == 1
    assert f"{place}: {why}" in capsys.readouterr().err
    assert opened == []


def test_a_bridge_that_does_not_run_is_said_not_to_answer(free_tcp_port, opened, capsys):
    assert main(["view", f"127.0.0.1:{free_tcp_port}"]) == 1
    assert "no bridge answers" in capsys.readouterr().err


def test_a_bridge_that_starts_is_waited_for(free_tcp_port, opened):
    """The start files open the page this way."""
    listening = []

    def start():
        server = HTTPServer(("127.0.0.1", free_tcp_port), Bridge)
        listening.append(server)
        server.serve_forever(0.02)

    threading.Timer(0.8, start).start()
    assert main(["view", "--wait", "20", f"127.0.0.1:{free_tcp_port}"]) == 0
    assert opened == [f"http://127.0.0.1:{free_tcp_port}"]
    [server] = listening
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("wait", ["-1", "601", "nan", "long"])
def test_a_wait_that_is_not_one_is_a_mistake(opened, wait):
    with pytest.raises(SystemExit) as ended:
        main(["view", "--wait", wait])
    assert ended.value.code == 2


def test_a_wrong_address_is_a_mistake(opened, capsys):
    assert main(["view", "studio"]) == 2
    assert "expected host:port" in capsys.readouterr().err
