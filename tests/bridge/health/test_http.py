"""Requests read and answers written, byte by byte."""

from http import HTTPStatus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.health.http import Answer, HttpError, HttpRequest, is_whole, read_request


def request(first="GET /healthz HTTP/1.1", *headers):
    return "\r\n".join([first, *(headers or ["Host: localhost"]), "", ""]).encode("latin-1")


def refusal(received):
    with pytest.raises(HttpError) as refused:
        read_request(received)
    return refused.value.answer


# --- requests


def test_a_request_says_what_it_wants():
    assert read_request(request()) == HttpRequest("GET", "/healthz")
    assert read_request(request("HEAD /metrics?name[]=up HTTP/1.0")) == HttpRequest(
        "HEAD", "/metrics"
    )


def test_lines_that_end_as_unix_ends_them_are_understood_too():
    assert read_request(b"GET / HTTP/1.1\nhost:localhost\n\n") == HttpRequest("GET", "/")


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LocalHost:9464",
        "127.0.0.1:9464",
        "127.0.0.1",
        "127.8.9.1:80",
        "[::1]:9464",
        "localhost:",
        "localhost:1234",  # another port: a tunnel's near end
    ],
)
def test_hosts_that_can_only_be_this_machine_are_answered(host):
    assert read_request(request("GET / HTTP/1.1", f"Host: {host}")).path == "/"


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:9464",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "evil.example#localhost",
        "localhost@evil.example",
        "192.168.1.7",
        "[fe80::1]:9464",
        "0.0.0.0",
        "2130706433",
        "",
        "::1",
    ],
)
def test_a_web_page_that_leads_its_own_name_here_is_refused(host):
    assert refusal(request("GET / HTTP/1.1", f"Host: {host}")).status == HTTPStatus.FORBIDDEN


def test_a_request_that_names_no_host_or_two_is_refused():
    assert refusal(request("GET / HTTP/1.1", "Accept: */*")).status == HTTPStatus.FORBIDDEN
    twice = request("GET / HTTP/1.1", "Host: localhost", "Host: evil.example")
    assert refusal(twice).status == HTTPStatus.FORBIDDEN


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "get", "BREW"])
def test_nothing_can_be_changed(method):
    answer = refusal(request(f"{method} /healthz HTTP/1.1"))
    assert answer.status == HTTPStatus.METHOD_NOT_ALLOWED
    assert b"\r\nAllow: GET, HEAD\r\n" in answer.encode()


@pytest.mark.parametrize(
    "first",
    ["", "GET", "GET /", "GET / HTTP/2", "GET /a b HTTP/1.1", "\x16\x03\x01", " GET / HTTP/1.1"],
)
def test_what_is_no_http_is_refused(first):
    assert refusal(request(first)).status == HTTPStatus.BAD_REQUEST


@given(st.binary(max_size=400))
def test_no_bytes_do_more_than_be_refused(noise):
    mutated = request()[: len(noise)] + noise
    for received in (noise + b"\r\n\r\n", mutated + b"\r\n\r\n"):
        try:
            read_request(received)
        except HttpError as refused:
            assert refused.answer.status in {400, 403, 405}


@pytest.mark.parametrize("whole", [request(), b"GET / HTTP/1.1\nHost: localhost\n\n", b"\n\n"])
def test_the_end_of_a_request_is_found_wherever_it_is_torn(whole):
    room = bytearray(whole) + bytearray(50)
    for known in range(len(whole)):
        assert not is_whole(room, known)
        assert is_whole(room, len(whole), known)


# --- answers


def test_an_answer_says_how_long_it_is_and_ends_the_connection():
    answer = Answer(HTTPStatus.OK, "größer\n".encode(), "text/plain")
    head, _, body = answer.encode().partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"\r\nContent-Length: 9" in head
    assert b"\r\nConnection: close" in head
    assert body == "größer\n".encode()


def test_a_head_is_answered_like_a_get_without_the_body():
    answer = Answer(HTTPStatus.SERVICE_UNAVAILABLE, b"12345")
    assert answer.encode("GET") == answer.encode("HEAD") + b"12345"
