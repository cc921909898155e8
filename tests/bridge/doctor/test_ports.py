"""Ports that are free, taken by somebody, or impossible; with real sockets."""

import socket
import sys

from bridge.doctor.finding import Verdict
from bridge.doctor.listeners import Listener, listeners
from bridge.doctor.ports import Port, check_ports, ports_of
from tests.bridge.doctor.conftest import settings_with


def check(port, *, listening=(), running=False):
    [found] = check_ports([port], list(listening), "linux", running=running)
    return found


def test_every_port_that_a_configuration_opens_is_checked():
    settings = settings_with(
        inputs=["osc://127.0.0.1:9130", "vmc://127.0.0.1:39541", "demo"],
        health="127.0.0.1:9464",
        web="127.0.0.1:8765",
    )
    assert [(port.kind, port.port) for port in ports_of(settings)] == [
        *(("udp", 9130), ("udp", 39541), ("tcp", 9464), ("tcp", 8765))
    ]


def test_a_free_port_is_fine(closed_port):
    found = check(Port("input a", "udp", "127.0.0.1", closed_port))
    assert (found.verdict, "is free" in found.said) == (Verdict.OK, True)


def test_the_program_that_took_a_port_is_named(receiver):
    port = receiver.getsockname()[1]
    found = check(Port("input a", "udp", "127.0.0.1", port), listening=listeners())
    assert found.verdict is Verdict.PROBLEM
    if sys.platform == "linux":
        assert f"taken by {'python'}" in found.said.lower()


def test_a_port_that_another_bridge_took_says_so(receiver):
    port = receiver.getsockname()[1]
    bridge = Listener("udp", "127.0.0.1", port, 4711, "affect-bridge")
    found = check(Port("input a", "udp", "127.0.0.1", port), listening=[bridge])
    assert "another bridge, affect-bridge (process 4711)" in found.said
    assert "stop the other bridge" in found.cure


def test_a_tcp_port_that_is_taken_is_found():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        found = check(Port("health", "tcp", "127.0.0.1", server.getsockname()[1]))
    assert (found.verdict, "taken" in found.said) == (Verdict.PROBLEM, True)


def test_the_ports_of_a_running_bridge_are_its_own(receiver, closed_port):
    port = receiver.getsockname()[1]
    open_ = check(Port("input a", "udp", "127.0.0.1", port), running=True)
    assert open_.verdict is Verdict.OK
    shut = check(Port("input a", "udp", "127.0.0.1", closed_port), running=True)
    assert shut.verdict is Verdict.PROBLEM


def test_an_address_of_another_machine_cannot_be_opened():
    found = check(Port("input a", "udp", "192.0.2.1", 9130))
    assert (found.verdict, "cannot be opened" in found.said) == (Verdict.PROBLEM, True)


def test_a_port_that_others_reach_comes_with_a_hint_about_the_firewall(closed_port):
    found = check(Port("input a", "udp", "0.0.0.0", closed_port))
    assert found.verdict is Verdict.NOTE
    assert f"ufw allow {closed_port}/udp" in found.cure
