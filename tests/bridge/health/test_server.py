"""The server, asked by real clients: ordinary ones, and ones that send nonsense, hang or flood."""

import asyncio
import http.client
import json
import socket
import time
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bridge.config.health import HealthSection
from bridge.emotion.update import named_update
from bridge.health import server as server_module
from bridge.health.http import LARGEST_REQUEST, Answer
from bridge.health.server import MOST_VISITORS, MOST_VISITS, HealthServer
from bridge.supervision.supervised import State, Unavailable

GET = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def serving(bridge, port):
    """Runs the server for as long as the `async with` lasts."""

    @asynccontextmanager
    async def run(kind=HealthServer, **settings):
        section = HealthSection.model_validate({"at": f"127.0.0.1:{port}", **settings})
        server = kind(section, bridge.vitals)
        up = asyncio.Event()
        task = asyncio.create_task(server.run(up.set))
        await asyncio.wait_for(up.wait(), 5)
        yield task
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    return run


async def said_to(port, *data, half_close=False):
    """The answer to these bytes, read until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for part in data:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0)
        if half_close:
            writer.write_eof()
        return await asyncio.wait_for(reader.read(), 9)
    except ConnectionError:
        return b""
    finally:
        writer.close()


def status_of(answer):
    return int(answer.split(b" ", 2)[1])


def ask(port, path, method="GET"):
    """By the standard library, as any monitoring program would."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=9)
    connection.request(method, path)
    response = connection.getresponse()
    told = response.status, response.headers["Content-Type"], response.read()
    connection.close()
    return told


# --- answers


async def test_healthz_is_200_with_everything_in_json_while_all_is_well(bridge, serving, port):
    bridge.frames.latest = float("inf")  # it is never late
    bridge.feel(named_update("joy", stream="アリス"))
    async with serving():
        status, kind, body = await asyncio.to_thread(ask, port, "/healthz")
    assert (status, kind) == (200, "application/json")
    told = json.loads(body)
    assert (told["healthy"], told["reasons"]) == (True, [])
    assert [stream["name"] for stream in told["streams"]] == ["main", "アリス"]


async def test_healthz_is_503_with_the_reason_when_something_is_wrong(bridge, serving, port):
    bridge.frames.latest = float("inf")
    bridge.inputs[0].state, bridge.inputs[0].since = State.WAITING, bridge.now - 31
    async with serving():
        status, _, body = await asyncio.to_thread(ask, port, "/healthz")
    assert status == 503
    [reason] = json.loads(body)["reasons"]
    assert reason.startswith("input osc 127.0.0.1:9130 has been waiting to retry for 3")


async def test_metrics_agree_with_healthz(bridge, serving, port):
    bridge.inputs[0].state = State.FAILED
    async with serving():
        status, kind, body = await asyncio.to_thread(ask, port, "/metrics")
    assert status == 200
    assert kind.startswith("text/plain; version=0.0.4")
    values = {f.name: f.samples[0].value for f in text_string_to_metric_families(body.decode())}
    assert values["affect_bridge_healthy"] == 0


@pytest.mark.parametrize(("path", "expected"), [("/", 200), ("/favicon.ico", 404)])
async def test_elsewhere_it_says_where_to_look(serving, port, path, expected):
    async with serving():
        status, _, body = await asyncio.to_thread(ask, port, path)
    assert status == expected
    assert b"/healthz" in body
    assert b"/metrics" in body


async def test_a_head_gets_the_status_alone(serving, port):
    async with serving():
        status, _, body = await asyncio.to_thread(ask, port, "/metrics", "HEAD")
    assert (status, body) == (200, b"")


async def test_a_client_that_closes_its_sending_side_is_answered(serving, port):
    async with serving():
        assert status_of(await said_to(port, GET, half_close=True)) in {200, 503}


async def test_a_question_may_come_in_pieces(serving, port):
    async with serving():
        assert status_of(await said_to(port, GET[:9], GET[9:40], GET[40:])) in {200, 503}


async def test_a_question_for_another_host_is_refused(serving, port):
    async with serving():
        answer = await said_to(port, GET.replace(b"localhost", b"evil.example"))
    assert status_of(answer) == 403
    assert b"main" not in answer


def test_only_the_clock_of_the_frames_counts(make_bridge, monkeypatch):
    """On Windows before Python 3.13 the other clock has another zero and steps of 15.6 ms."""
    real = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: real() - 1e6)
    bridge = make_bridge()
    bridge.feel(named_update("joy"))
    answer = HealthServer(HealthSection(), bridge.vitals).answer("/healthz")
    told = json.loads(answer.body)
    assert (told["healthy"], told["reasons"]) == (True, [])
    durations = [told["uptime_seconds"], told["streams"][0]["seconds_since_update"]]
    durations += [part["seconds_in_state"] for part in told["inputs"] + told["outputs"]]
    assert all(0.0 <= seconds < 60.0 for seconds in durations)


# --- hostile clients


async def test_nonsense_is_refused(serving, port):
    async with serving():
        assert status_of(await said_to(port, b"\x16\x03\x01\n\n")) == 400


async def test_a_request_too_large_to_be_one_is_cut_off(serving, port):
    async with serving():
        answer = await said_to(port, GET[:-2] + b"X: " + b"x" * (LARGEST_REQUEST * 40))
        assert answer == b"" or status_of(answer) == 431  # a reset may overtake the answer
        assert status_of(await said_to(port, GET)) in {200, 503}


async def test_a_client_that_hangs_is_disconnected(serving, port, monkeypatch):
    monkeypatch.setattr(server_module, "REQUEST_TIMEOUT", 0.2)
    async with serving():
        assert await said_to(port, b"GET /he") == b""
        assert await said_to(port) == b""


class Wordy(HealthServer):
    """Sends more than socket buffers hold."""

    LONG = b"x" * 20_000_000

    def answer(self, path):
        return Answer(HTTPStatus.OK, self.LONG)


async def test_a_client_that_reads_no_answer_is_disconnected(serving, port, monkeypatch):
    monkeypatch.setattr(server_module, "REQUEST_TIMEOUT", 0.2)
    async with serving(kind=Wordy):
        with socket.create_connection(("127.0.0.1", port), timeout=9) as deaf:
            deaf.sendall(GET)
            await asyncio.sleep(0.5)
            taken = await asyncio.to_thread(all_from, deaf)
    assert 0 < len(taken) < len(Wordy.LONG)


def all_from(client):
    taken = bytearray()
    with suppress(ConnectionResetError):
        while data := client.recv(1 << 20):
            taken += data
    return taken


async def test_of_many_that_hang_only_a_few_are_let_in(serving, port, monkeypatch):
    monkeypatch.setattr(server_module, "REQUEST_TIMEOUT", 60.0)
    async with serving():
        hanging = [await asyncio.open_connection("127.0.0.1", port) for _ in range(MOST_VISITORS)]
        assert await said_to(port, GET) == b""
        reader, writer = hanging.pop()
        writer.write(GET)
        assert status_of(await asyncio.wait_for(reader.read(), 9)) in {200, 503}
        writer.close()
        assert status_of(await said_to(port, GET)) in {200, 503}  # there is room again
        for _, writer in hanging:
            writer.close()


async def test_of_a_flood_only_so_many_a_second_are_answered(serving, port):
    loop = asyncio.get_running_loop()
    async with serving():
        began = loop.time()
        answers = [await said_to(port, GET) for _ in range(3 * MOST_VISITS)]
        seconds = loop.time() - began
    answered = sum(1 for answer in answers if answer)
    assert MOST_VISITS <= answered <= MOST_VISITS * (1 + seconds) + 1


async def test_a_flood_on_one_connection_gets_one_answer(serving, port):
    async with serving():
        answer = await said_to(port, GET * 20_000)
    assert answer.count(b"HTTP/1.1 ") <= 1


async def test_a_request_sent_byte_by_byte_is_not_read_for_ever(serving, port):
    async with serving():
        with socket.create_connection(("127.0.0.1", port)) as slow:
            slow.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sent = 0
            with pytest.raises(ConnectionError):
                while sent < LARGEST_REQUEST:
                    slow.sendall(b"x")
                    sent += 1
                    await asyncio.sleep(0.001)
        assert sent < 500


# --- failures of the server


async def test_a_taken_port_is_named(bridge, port):
    with socket.socket() as somebody:
        somebody.bind(("127.0.0.1", port))
        somebody.listen()
        server = HealthServer(HealthSection(at=f"127.0.0.1:{port}"), bridge.vitals)
        with pytest.raises(Unavailable, match=f"TCP port {port} on 127.0.0.1 is already taken"):
            await server.run(lambda: None)


async def test_a_crash_in_an_answer_is_a_500_and_ends_the_part(bridge, serving, port):
    bridge.inputs[0].part.mailbox.updates = {}
    async with serving() as task:
        assert status_of(await said_to(port, GET.replace(b"healthz", b"metrics"))) == 500
        with pytest.raises(TypeError):
            await asyncio.wait_for(task, 5)


async def test_hanging_clients_are_disconnected_when_the_server_stops(serving, port):
    async with serving():
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET")
        await said_to(port, GET)  # by now the other is in
    with suppress(ConnectionResetError):
        assert await asyncio.wait_for(reader.read(), 5) == b""
    writer.close()


# --- other machines


def own_address():
    """An address of this machine that is not loopback, as another machine would see it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        with suppress(OSError):
            probe.connect(("192.0.2.1", 9))  # sends nothing
        host = probe.getsockname()[0]
    if host.startswith(("0.", "127.")):
        pytest.skip("this machine has no address but loopback")
    return host


async def asked_at(host, port, named):
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(f"GET /healthz HTTP/1.1\r\nHost: {named}\r\n\r\n".encode())
        return await asyncio.wait_for(reader.read(), 9)
    finally:
        writer.close()


async def test_another_machine_in_allow_is_answered_by_address_or_by_a_name_that_is_set(
    serving, port
):
    host = own_address()
    settings = {"at": f"0.0.0.0:{port}", "allow": [host], "hosts": ["faces.example"]}
    async with serving(**settings):
        for named in (f"{host}:{port}", "faces.example", "localhost"):
            assert status_of(await asked_at(host, port, named)) == HTTPStatus.OK
        # A page can point a name of its own at this machine.
        answer = await asked_at(host, port, "evil.example")
    assert status_of(answer) == HTTPStatus.FORBIDDEN
    assert b"an IP address or one of hosts" in answer


async def test_another_machine_that_is_not_in_allow_is_refused_and_named_once(
    serving, port, caplog
):
    host = own_address()
    async with serving(at=f"0.0.0.0:{port}", allow=["240.0.0.1"]):
        for _ in range(3):
            answer = await asked_at(host, port, host)
            assert answer == b"" or status_of(answer) == HTTPStatus.FORBIDDEN
            assert b"healthy" not in answer
        assert status_of(await asked_at("127.0.0.1", port, "localhost")) == HTTPStatus.OK
    assert caplog.text.count(f"refused {host} and other addresses") == 1
