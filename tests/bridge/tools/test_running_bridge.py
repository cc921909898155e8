"""What a model is told when the bridge does not do what it asked for."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bridge.config.web import TokenSettings
from bridge.tools import running_bridge
from bridge.tools.running_bridge import NotDoneError, Place, RunningBridge, place

NO_TOKEN = TokenSettings("bearer", "NO_SUCH_TOKEN", None, None)


@contextmanager
def answering(answer: bytes) -> Iterator[tuple[Place, list[bytes]]]:
    """A program that gives every connection this answer, and the requests that it got."""
    requests: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    requests.append(connection.recv(65536))
                    connection.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        yield Place("http", "127.0.0.1", server.getsockname()[1]), requests


def http(body: str, status: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


def why(at: Place, token: TokenSettings = NO_TOKEN) -> str:
    with pytest.raises(NotDoneError) as caught:
        RunningBridge(at, token).update("main", {"emotion": "joy"})
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("http://127.0.0.1:8765", Place("http", "127.0.0.1", 8765)),
        ("http://127.0.0.1:8765/", Place("http", "127.0.0.1", 8765)),
        ("127.0.0.1:8765", Place("http", "127.0.0.1", 8765)),
        ("8765", Place("http", "127.0.0.1", 8765)),
        ("localhost:1", Place("http", "localhost", 1)),
        ("http://[::1]:8765", Place("http", "::1", 8765)),
        ("https://studio.example", Place("https", "studio.example", 443)),
    ],
)
def test_an_address_may_be_written_in_several_ways(text: str, meant: Place) -> None:
    assert place(text) == meant
    assert place(str(meant)) == meant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "studio.yaml",
        "http://夜:1",
        "ftp://host:1",
        "http://:1",
        "http://h:70000",
        "http://h:1/x",
        "http://[",
        "99999",
    ],
)
def test_another_address_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected http://host:port, as in http://127.0.0.1:8765"):
        place(text)


def test_a_port_where_nothing_answers_is_told_with_the_command_to_run() -> None:
    with socket.socket() as taken:  # bound, but nothing listens
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        assert why(Place("http", "127.0.0.1", port)) == (
            f"no bridge answers at http://127.0.0.1:{port}; "
            f"start it with: affect-bridge run --web 127.0.0.1:{port}"
        )


@pytest.mark.parametrize(
    "answer", [http("<html>"), http("{}"), http("[]"), http("[" * 9999), http("no", "404 No")]
)
def test_another_program_at_the_port_is_told_apart(answer: bytes) -> None:
    with answering(answer) as (at, _):
        assert why(at).startswith(f"the program at {at} is not affect-bridge; start it with")


def test_a_program_that_does_not_speak_http_or_does_not_answer_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with answering(b"hello\r\n\r\n") as (at, _):
        assert why(at) == f"the program at {at} does not speak HTTP"
    monkeypatch.setattr(running_bridge, "_TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        at = Place("http", "127.0.0.1", silent.getsockname()[1])
        assert why(at) == f"{at} did not answer within 0 s"


def test_the_token_comes_from_a_file_and_a_wrong_one_names_it(tmp_path: Path) -> None:
    file = tmp_path / "token"
    refused = http('{"error": "the token is wrong", "expected": "x"}', "401 Unauthorized")
    with answering(refused) as (at, requests):
        settings = TokenSettings("bearer", "NO_SUCH_TOKEN", file, None)
        assert "cannot be read" in why(at, settings)
        file.write_text("correct-horse-battery\n")
        assert why(at, settings) == (f"the token is wrong; affect-bridge mcp read it from {file}")
        assert b"\r\nAuthorization: Bearer correct-horse-battery\r\n" in requests[-1]
        assert "set the environment variable NO_SUCH_TOKEN for affect-bridge mcp" in why(at)


def test_a_token_cannot_add_a_header_and_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_SUCH_TOKEN", "secret\r\nX: y")
    with answering(http("{}")) as (at, requests):
        assert why(at) == (
            "the token contains characters that are not allowed; expected printable ASCII"
        )
        assert requests == []


def test_a_name_of_a_stream_cannot_leave_its_place_in_the_path() -> None:
    with answering(http('{"streams": []}')) as (at, requests):
        RunningBridge(at, NO_TOKEN).shown("../x?y z")
        assert requests[0].startswith(b"GET /v1/streams/..%2Fx%3Fy%20z HTTP/1.1\r\n")
