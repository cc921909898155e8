"""The settings of an MQTT output, and the mistakes that it refuses."""

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from bridge.config.mqtt_output import MqttOutputSection
from bridge.config.settings import Settings

Read = Callable[[str], Settings]
Mistakes = Callable[[str], list[str]]


def only_output(read: Read, output: str) -> MqttOutputSection:
    [section] = read(f"outputs: [{output}]").outputs
    assert isinstance(section, MqttOutputSection)
    return section


@pytest.mark.parametrize(
    ("written", "host", "port", "user", "topic", "stream"),
    [
        ("mqtt", "127.0.0.1", 1883, None, "affect/{stream}/blendshapes", "*"),
        ("mqtt://h", "h", 1883, None, "affect/{stream}/blendshapes", "*"),
        ("ws://h:9001", "h", 9001, None, "affect/{stream}/blendshapes", "*"),
        ("wss://me@h", "h", 443, "me", "affect/{stream}/blendshapes", "*"),
        ("mqtts://me@h/", "h", 8883, "me", "affect/{stream}/blendshapes", "*"),
        ("'mqtt://[::1]:99/a/{stream}'", "::1", 99, None, "a/{stream}", "*"),
        ("'mqtt://h?stream=bob'", "h", 1883, None, "affect/{stream}/blendshapes", "bob"),
        ("mqtt://h/the/face", "h", 1883, None, "the/face", "main"),
        ("mqtt://h/%C3%B6/あ", "h", 1883, None, "ö/あ", "main"),
    ],
)
def test_an_address_holds_user_place_and_topic_and_has_a_usual_one(
    read: Read, written: str, host: str, port: int, user: str | None, topic: str, stream: str
) -> None:
    section = only_output(read, written)
    found = section.address
    assert (found.host, found.port, found.username, found.path) == (host, port, user, topic)
    assert section.stream == stream


def test_the_topic_of_a_stream_has_its_name_in_place(read: Read) -> None:
    assert only_output(read, "mqtt").topic("あ") == "affect/あ/blendshapes"
    assert only_output(read, "'mqtt://h/{stream}/{stream}'").topic("a") == "a/a"
    assert only_output(read, "mqtt://h/the/face").topic("a") == "the/face"


def test_ten_faces_a_second_of_json_are_sent_by_default(read: Read) -> None:
    section = only_output(read, "mqtt")
    assert (section.every, section.format, section.version) == (6, "json", "auto")
    section = only_output(read, "'mqtt://h?every=1&format=binary&version=3.1.1'")
    assert (section.every, section.format, section.version) == (1, "binary", "3.1.1")


def test_the_output_is_another_client_than_the_input_by_default(read: Read) -> None:
    settings = read("{inputs: ['mqtt://h/affect/+/set'], outputs: [mqtt://h]}")
    ids = [section.model_dump()["client_id"] for section in (*settings.inputs, *settings.outputs)]
    name = socket.gethostname()
    assert ids == [f"affect-bridge-{name}", f"affect-bridge-{name}-faces"]


@pytest.mark.parametrize(
    ("said", "claim"),
    [
        (
            "{inputs: ['mqtt://h/a?client_id=x'], outputs: ['mqtt://h?client_id=x']}",
            "client id 'x' at h:1883",
        ),
        ("outputs: [mqtt://h, mqtt://h/other]", "-faces' at h:1883"),
        (
            "outputs: ['mqtt://h?client_id=x', vmc, 'mqtt://h:1883/y?client_id=x']",
            "client id 'x' at h:1883",
        ),
    ],
)
def test_one_client_id_twice_at_one_broker_is_a_mistake(
    mistakes: Mistakes, said: str, claim: str
) -> None:
    [line] = mistakes(said)
    assert "outputs" in line
    assert "duplicate client id" in line
    assert claim in line
    assert "give each client its own" in line


def test_one_client_id_at_two_brokers_is_none(read: Read) -> None:
    outputs = read("outputs: [mqtt://h, mqtt://h:1884, mqtts://h, mqtt://other]").outputs
    assert len({output.name for output in outputs}) == 4


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("mqtt://h/affect/+/blendshapes", "write {stream} where the name of the stream goes"),
        ("mqtt://h/affect/#", "write {stream} where the name of the stream goes"),
        ("'mqtt://h/{steam}/x'", "the only name in braces is {stream}"),
        ("mqtt://h/$SYS/x", "reserved for the broker"),
        ("mqtt://h/%ff", "UTF-8"),
        ("mqtt://h/a%00b", "control characters"),
        ("mqtt://h/a%0Ab", "control characters"),
        ("'mqtt://h/" + "x" * 65500 + "{stream}'", "65535 bytes"),
        ("{to: mqtt://h/faces, stream: '*'}", "stream * needs {stream} in the address"),
        ("mqtt:h", "expected a host and port"),
        ("mqtt://h:0", "expected a port from 1 to 65535"),
        ("mqtt://h?every=0", "expected greater than or equal to 1"),
        ("mqtt://h?format=xml", "expected 'json', 'binary', 'bytes' or 'half'"),
        ("mqtt://h?qos=1", "no such setting"),
        ("mqtt://h?client_id=a/b", "client_id"),
        ("mqtt://h?keep_alive=4", "expected greater than or equal to 5"),
        ("mqtt://h?password_env=X", "password_env needs a user name"),
        ("mqtt://h?tls_ca={pem}", "starts with mqtts://"),
        ("mqtts://h?tls_key={pem}", "tls_key needs tls_certificate"),
        ("ws://h?tls_ca={pem}", "starts with mqtts:// or wss://"),
        ("ws://h?websocket_path=mqtt", "websocket_path"),
        ("mqttss://h", "did you mean mqtts?"),
        ("mqtt://me:hunter2@h", "use password_env or password_file"),
        ("mqtt://me:hunter2@h/a/{stream}", "use password_env or password_file"),
        ("mqtt://h?password=hunter2", "did you mean password_"),
    ],
)
def test_an_output_that_cannot_work_is_refused_with_the_reason(
    mistakes: Mistakes, tmp_path: Path, output: str, expected: str
) -> None:
    pem = tmp_path / "some.pem"
    pem.touch()
    [line] = mistakes(f"fps: 60\noutputs:\n  - vmc\n  - {output.replace('{pem}', str(pem))}\n")
    assert line.startswith("4: outputs[2]")
    assert expected in line
    assert "hunter2" not in line
