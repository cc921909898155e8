"""Why a broker does not let a client in, in words that say what to do."""

import re
import ssl
from collections.abc import Mapping

import aiomqtt
from paho.mqtt.client import WebsocketConnectionError
from paho.mqtt.reasoncodes import ReasonCode

from bridge.config.mqtt import MqttSettings
from bridge.mqtt.probe import Speaks

REFUSED_CREDENTIALS = frozenset({134, 135})  # bad user name or password, not authorised
_UNSUPPORTED_VERSION = 132
TAKEN_OVER = 142  # another client connected with the same id

_LOST = frozenset({"Disconnected during message iteration", "Unexpected disconnection"})
"""What aiomqtt says when a connection ends without a reason."""

_UNTRUSTED = frozenset({2, 18, 19, 20, 21, 24, 27})
"""OpenSSL's numbers for a certificate whose issuer is not known or not trusted."""

_OTHER_SCHEMES: Mapping[tuple[str, Speaks], str] = {
    ("mqtt", Speaks.TLS): "speaks TLS; start the address with mqtts://",
    ("ws", Speaks.TLS): "speaks TLS; start the address with wss://",
    ("mqtt", Speaks.HTTP): "speaks HTTP; for MQTT over WebSocket, start the address with ws://",
    ("mqtts", Speaks.HTTP): "speaks HTTP without TLS; for MQTT over WebSocket, start the address "
    "with ws://",
    ("wss", Speaks.HTTP): "speaks WebSocket without TLS; use its port for TLS, or start the "
    "address with ws:// in a network that you trust",
    ("mqtts", Speaks.MQTT): "speaks MQTT without TLS; use its port for TLS (usually 8883), or "
    "start the address with mqtt:// in a network that you trust",
    ("ws", Speaks.MQTT): "speaks MQTT without WebSocket; start the address with mqtt://",
    ("wss", Speaks.MQTT): "speaks MQTT without TLS or WebSocket; use its port for WebSocket with "
    "TLS",
}


class Unanswered(aiomqtt.MqttError):
    """The broker took the connection, but neither let the client in nor refused it."""


def reason_code(problem: BaseException | None) -> int | None:
    """The reason code that the broker sent, if it sent one. paho's own error codes do not count."""
    while problem is not None:
        if isinstance(problem, aiomqtt.MqttCodeError) and isinstance(problem.rc, ReasonCode):
            return int(problem.rc.value)
        problem = problem.__cause__
    return None


def certificate_problem(problem: BaseException, settings: MqttSettings) -> str:
    """What is wrong with the broker's certificate; empty if nothing is known to be."""
    cause = problem.__context__
    place = settings.address.place
    if not isinstance(cause, ssl.SSLCertVerificationError):
        return ""
    why = cause.verify_message.rstrip(".")
    if cause.verify_code not in _UNTRUSTED:
        return f"the certificate of the broker at {place} is not valid: {why}"
    hint = "give the certificate of its authority with tls_ca"
    if settings.tls_ca is not None:
        hint = f"tls_ca {settings.tls_ca} does not vouch for it"
    return f"the certificate of the broker at {place} is not trusted: {why}; {hint}"


def may_be_the_version(problem: BaseException) -> bool:
    """Whether a broker may have failed to let the client in for the version that it spoke."""
    return isinstance(problem, Unanswered) or reason_code(problem) == _UNSUPPORTED_VERSION


def is_unanswered(problem: BaseException) -> bool:
    """Whether the broker's port is open, but it did not answer as a broker."""
    cause = problem.__context__
    if isinstance(cause, ssl.SSLCertVerificationError | ConnectionRefusedError):
        return False
    return isinstance(problem, Unanswered) or isinstance(
        cause, TimeoutError | ssl.SSLError | ConnectionError | WebsocketConnectionError
    )


def other_scheme(settings: MqttSettings, speaks: Speaks) -> str:
    """What to say if the port speaks something else than the address says; empty if not."""
    address = settings.address
    said = _OTHER_SCHEMES.get((address.scheme, speaks), "")
    return f"the broker at {address.place} {said}" if said else ""


def no_connection(problem: BaseException, settings: MqttSettings) -> str:
    """What to say when nothing better is known."""
    why = re.sub(r"^\[Errno -?\d+\] ", "", str(problem))  # aiomqtt includes the system's number
    if why in _LOST:
        why = "connection lost"
    return f"no connection to the broker at {settings.address.place}: {why}"
