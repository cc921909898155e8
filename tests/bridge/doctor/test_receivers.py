"""What the doctor says about a program that should show the face, after a real smile."""

import socket

import pytest

from bridge.doctor.finding import Verdict
from bridge.doctor.listeners import Listener
from bridge.doctor.receivers import closed, findings
from bridge.doctor.smile import Sent, smile
from tests.bridge.doctor.conftest import settings_with


async def told(engine, *outputs, listening=(), machine="linux"):
    settings = settings_with(outputs=list(outputs))
    sent, _ = await smile(settings.outputs, engine, 60, seconds=0.4)
    return findings(sent, list(listening), machine)


def output(to):
    [section] = settings_with(outputs=[to]).outputs
    return section


async def test_a_program_that_listens_is_fine_and_named(receiver, engine):
    port = receiver.getsockname()[1]
    there = Listener("udp", "127.0.0.1", port, 99, "VSeeFace.exe")
    [found] = await told(engine, f"vmc://127.0.0.1:{port}", listening=[there])
    assert found.verdict is Verdict.OK
    assert "0 refused; VSeeFace.exe (process 99) listens there" in found.said


async def test_a_closed_port_is_a_problem_that_says_what_to_start(closed_port, engine):
    [found] = await told(engine, f"vseeface://127.0.0.1:{closed_port}")
    assert found.verdict is Verdict.PROBLEM
    assert "nothing is listening" in found.said
    assert found.cure.startswith(f"start VSeeFace and turn on its receiver at port {closed_port}")


async def test_a_closed_port_is_only_noted_if_another_program_gets_the_face(
    receiver, closed_port, engine
):
    port = receiver.getsockname()[1]
    there, not_there = await told(
        engine, f"vmc://127.0.0.1:{port}", f"livelink://127.0.0.1:{closed_port}/Face"
    )
    assert (there.verdict, not_there.verdict) == (Verdict.OK, Verdict.NOTE)
    assert not_there.cure.endswith("or remove this output")


@pytest.mark.parametrize(
    ("listening", "said"),
    [
        ("::1", "listens on ::1, not on 127.0.0.1; send to [::1]:39539"),
        ("192.168.1.5", "listens on 192.168.1.5, not on 127.0.0.1; send to 192.168.1.5:39539"),
    ],
)
def test_a_program_on_another_address_of_this_machine_is_found(listening, said):
    there = Listener("udp", listening, 39539, 7, "warudo")
    assert said in closed(output("vmc://127.0.0.1:39539"), [there], "linux")
    assert "not on localhost" in closed(output("vmc://localhost:39539"), [there], "linux")


def test_a_program_on_another_usual_port_is_found():
    there = Listener("udp", "0.0.0.0", 39570, 7, "snekstudio")
    cure = closed(output("vmc://127.0.0.1:39539"), [there], "linux")
    assert cure == "something listens on port 39570, as SnekStudio does; send to 127.0.0.1:39570"


def test_inside_wsl_a_loopback_address_may_be_the_wrong_machine():
    cure = closed(output("vmc://127.0.0.1:39539"), [], "wsl")
    assert "if it runs outside WSL, 127.0.0.1 does not reach it" in cure


async def test_a_name_that_is_not_found_says_so(engine):
    [found] = await told(engine, "vmc://no-such-host.invalid:39539")
    assert (found.verdict, "cannot find the host" in found.said) == (Verdict.PROBLEM, True)
    assert "IP address" in found.cure


def test_a_smile_to_another_machine_comes_with_a_hint_about_firewalls():
    sent = Sent(output("vmc://192.168.1.20:39539"), True, "", 120, 240, 0, "")
    [found] = findings([sent], [], "windows")
    assert found.verdict is Verdict.NOTE
    assert "on 192.168.1.20, allow UDP port 39539" in found.cure


async def test_a_phone_program_that_did_not_ask_is_noted(engine):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    [found] = await told(engine, f"vts-phone://127.0.0.1:{port}")
    assert (found.verdict, "no program asked" in found.said) == (Verdict.NOTE, True)


async def test_a_phone_port_that_is_taken_names_who_has_it(receiver, engine):
    port = receiver.getsockname()[1]
    there = Listener("udp", "127.0.0.1", port, 5, "phone.exe")
    [found] = await told(engine, f"vts-phone://127.0.0.1:{port}", listening=[there])
    assert found.verdict is Verdict.PROBLEM
    assert "phone.exe (process 5)" in found.cure


async def test_vtube_studio_that_does_not_run_is_a_problem(engine):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    [found] = await told(engine, f"vtube-studio://127.0.0.1:{port}")
    assert (found.verdict, "cannot connect" in found.said) == (Verdict.PROBLEM, True)
