"""What is said for each way in which a broker does not let a client in."""

import socket
import ssl
from pathlib import Path

import aiomqtt
import pytest
from aiomqtt.exceptions import MqttConnectError
from paho.mqtt.client import WebsocketConnectionError
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

from bridge.config.inputs import MqttSection
from bridge.config.mqtt import SCHEMES
from bridge.mqtt.probe import Speaks
from bridge.mqtt.reasons import (
    Unanswered,
    certificate_problem,
    is_unanswered,
    may_be_the_version,
    no_connection,
    other_scheme,
    reason_code,
)


def settings(scheme: str = "mqtt", **more: object) -> MqttSection:
    return MqttSection.model_validate({"from": f"{scheme}://h:1234/a", **more})


def failed(cause: BaseException) -> aiomqtt.MqttError:
    """The error that aiomqtt raises for another one."""
    problem = aiomqtt.MqttError(str(cause))
    problem.__context__ = cause
    return problem


def refused(name: str) -> aiomqtt.MqttError:
    return MqttConnectError(ReasonCode(PacketTypes.CONNACK, name))


def untrusted(code: int, message: str) -> ssl.SSLCertVerificationError:
    problem = ssl.SSLCertVerificationError(1, f"certificate verify failed: {message}")
    problem.verify_code, problem.verify_message = code, message
    return problem


def test_the_brokers_own_code_is_found_behind_another_error() -> None:
    outer = aiomqtt.MqttError("Could not publish message")
    outer.__cause__ = refused("Not authorized")
    assert reason_code(outer) == 135
    assert reason_code(aiomqtt.MqttCodeError(4, "paho's own")) is None


@pytest.mark.parametrize(
    ("problem", "unanswered", "version"),
    [
        (Unanswered("closed"), True, True),
        (refused("Unsupported protocol version"), False, True),
        (refused("Not authorized"), False, False),
        (failed(ConnectionRefusedError(111, "refused")), False, False),
        (failed(ConnectionResetError(104, "reset")), True, False),
        (failed(TimeoutError("timed out")), True, False),
        (failed(WebsocketConnectionError("handshake")), True, False),
        (failed(ssl.SSLError(1, "WRONG_VERSION_NUMBER")), True, False),
        (failed(untrusted(18, "self-signed certificate")), False, False),
        (failed(socket.gaierror(-2, "Name or service not known")), False, False),
    ],
)
def test_only_an_open_port_that_does_not_answer_is_looked_at(
    problem: aiomqtt.MqttError, unanswered: bool, version: bool
) -> None:
    assert is_unanswered(problem) is unanswered
    assert may_be_the_version(problem) is version


def test_each_scheme_is_told_what_else_the_port_may_speak() -> None:
    for scheme in SCHEMES:
        own = {"mqtt": Speaks.MQTT, "ws": Speaks.HTTP}.get(scheme, Speaks.TLS)
        for speaks in Speaks:
            told = other_scheme(settings(scheme), speaks)
            if speaks in {own, Speaks.NOTHING}:
                assert told == ""
            else:
                assert told.startswith("the broker at h:1234 speaks ")
                assert f" {scheme}://" not in told


@pytest.mark.parametrize("code", [18, 19, 20, 21])
def test_a_certificate_that_nobody_vouches_for_names_tls_ca(code: int) -> None:
    problem = failed(untrusted(code, "self-signed certificate"))
    assert certificate_problem(problem, settings("mqtts")) == (
        "the certificate of the broker at h:1234 is not trusted: self-signed certificate; give "
        "the certificate of its authority with tls_ca"
    )


def test_a_tls_ca_that_does_not_fit_is_named(tmp_path: Path) -> None:
    problem = failed(untrusted(20, "unable to get local issuer certificate"))
    given = settings("mqtts", tls_ca=tmp_path / "ca.pem")
    assert f"tls_ca {tmp_path / 'ca.pem'} does not vouch for it" in certificate_problem(
        problem, given
    )


def test_a_certificate_that_has_expired_is_not_a_matter_of_tls_ca() -> None:
    told = certificate_problem(failed(untrusted(10, "certificate has expired")), settings("mqtts"))
    assert told == "the certificate of the broker at h:1234 is not valid: certificate has expired"
    assert certificate_problem(failed(OSError("other")), settings("mqtts")) == ""


def test_a_connection_that_ended_without_a_reason_is_called_lost() -> None:
    problem = aiomqtt.MqttError("Disconnected during message iteration")
    assert no_connection(problem, settings()) == (
        "no connection to the broker at h:1234: connection lost"
    )


def test_the_number_of_a_systems_error_is_left_out() -> None:
    problem = failed(ConnectionRefusedError(111, "Connection refused"))
    assert no_connection(problem, settings()) == (
        "no connection to the broker at h:1234: Connection refused"
    )
