import importlib.util
import math
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bridge.config.inputs import DemoSection, MqttSection, OscInputSection
from bridge.config.reading import to_yaml
from bridge.config.settings import Settings
from bridge.config.standard_input import ChatSection, StdinSection, TextSection
from bridge.emotion.tags import DIALECTS

Read = Callable[[str], Settings]
Mistakes = Callable[[str], list[str]]


def test_an_input_may_be_an_address_alone_or_settings_with_one(read: Read) -> None:
    short = read("inputs: ['osc://:9130?hold=3&priority=5']")
    long = read("inputs:\n  - {from: 'osc://:9130', hold: 3, priority: 5}")
    assert short == long
    [source] = short.inputs
    assert isinstance(source, OscInputSection)
    assert (source.hold_seconds, source.priority) == (3.0, 5)


def test_each_scheme_is_its_own_kind_of_input(read: Read) -> None:
    inputs = read("inputs: [stdin, demo, 'osc://:9130', 'mqtt://h/a', 'mqtts://h/b']").inputs
    kinds = [StdinSection, DemoSection, OscInputSection, MqttSection, MqttSection]
    assert [type(source) for source in inputs] == kinds


def test_an_osc_input_listens_on_this_machine_only_by_default(read: Read) -> None:
    inputs = read("inputs: ['osc://:9130', 'osc://0.0.0.0:9131']").inputs
    assert [source.address.host for source in inputs] == ["127.0.0.1", "0.0.0.0"]


def test_an_update_never_expires_by_default(read: Read) -> None:
    inputs = read("inputs: [stdin, demo, 'osc://:9130', 'mqtt://h/a']").inputs
    assert [source.hold_seconds for source in inputs] == [math.inf] * 4


def test_the_demo_yields_to_everybody_by_default(read: Read) -> None:
    priorities = {
        type(source): source.priority
        for source in read("inputs: [stdin, demo, 'osc://:9130', 'mqtt://h/a']").inputs
    }
    assert priorities[DemoSection] < min(
        priority for kind, priority in priorities.items() if kind is not DemoSection
    )


@pytest.mark.parametrize(
    ("address", "port", "user", "topic"),
    [
        ("mqtt://me@h/affect/+/set", 1883, "me", "affect/+/set"),
        ("mqtts://h/affect/+/set", 8883, None, "affect/+/set"),
        ("mqtts://me@h:5/#", 5, "me", "#"),
        ("ws://h/affect/+/set", 80, None, "affect/+/set"),
        ("wss://me@h/affect/+/set", 443, "me", "affect/+/set"),
        ("ws://h:9001/a/#", 9001, None, "a/#"),
        ("mqtt://h/affect/#", 1883, None, "affect/#"),
    ],
)
def test_an_mqtt_address_holds_user_place_and_topic(
    read: Read, address: str, port: int, user: str | None, topic: str
) -> None:
    [source] = read(f"inputs: ['{address}']").inputs
    assert isinstance(source, MqttSection)
    found = source.address
    assert (found.host, found.port, found.username, found.path) == ("h", port, user, topic)
    assert source.qos == 1
    assert source.version == "auto"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("mqtt://h", "expected a topic, as in mqtt://host/affect/+/set"),
        ("mqtt://h/", "expected a topic, as in mqtt://host/affect/+/set"),
        (
            "mqtt://h/affect/#/set",
            "# must be the last level",
        ),
        (
            "mqtt://h/affect/bob+/set",
            "whole level of the topic",
        ),
        ("mqtt://h/affect#", "whole level of the topic"),
        ("mqtt://me:pw@h/a", "use password_env or password_file"),
        ("mqtt://h/a?qos=3", "expected 0, 1 or 2"),
        ("mqtt://h/a?keep_alive=4", "expected greater than or equal to 5"),
        ("mqtt://h/a?client_id=a/b", "client_id"),
        ("mqtt://h/a?client_id=", "client_id"),
        ("mqtt://h/a?version=4", "expected 'auto', '5' or '3.1.1'"),
        ("mqtt://h/a?tls_ca={pem}", "starts with mqtts://"),
        ("mqtts://h/a?tls_key={pem}", "tls_key needs tls_certificate"),
        ("mqtt://h/a?password=hunter2", "did you mean password_"),
        ("mqtt://h/a?password='hunter2", "?password: expected options as"),
        ("osc://127.0.0.1", "expected a port from 1 to 65535"),
        ("ocs://:9130", "did you mean osc?"),
        ("osc://:9130?prioritty=1", "did you mean priority?"),
        ("osc://:9130?priority=101", "expected less than or equal to 100"),
    ],
)
def test_an_input_that_cannot_work_is_refused_with_the_reason(
    mistakes: Mistakes, tmp_path: Path, address: str, expected: str
) -> None:
    pem = tmp_path / "some.pem"
    pem.touch()
    address = address.replace("{pem}", str(pem))
    [line] = mistakes(f"fps: 60\ninputs:\n  - stdin\n  - {address}\n")
    assert line.startswith("4: inputs[2]")
    assert expected in line
    assert "hunter2" not in line


@pytest.mark.parametrize("key", ["password_file", "tls_ca", "tls_certificate", "tls_key"])
def test_a_missing_file_is_reported_before_anything_starts(mistakes: Mistakes, key: str) -> None:
    certificate = "" if key == "tls_certificate" else f"    tls_certificate: {__file__}\n"
    [line] = mistakes(f"inputs:\n  - from: mqtts://me@h/a\n    {key}: /no/such/file\n{certificate}")
    assert line.startswith(f"3: inputs[1].{key}: ")
    assert "/no/such/file" in line


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "/etc/passwd", "a b", "a\\nb", "é", "n" * 256]
)
def test_a_credential_is_a_name_and_no_path(mistakes: Mistakes, name: str) -> None:
    [line] = mistakes(f'inputs:\n  - from: mqtt://me@h/a\n    password_credential: "{name}"\n')
    assert line.startswith("3: inputs[1].password_credential: ")
    assert "the name of a credential" in line


@pytest.mark.parametrize("other", ["password_file", "password_env"])
def test_a_credential_and_another_place_for_the_password_exclude_each_other(
    mistakes: Mistakes, tmp_path: Path, other: str
) -> None:
    (tmp_path / "secret").touch()
    [line] = mistakes(
        "inputs:\n  - from: mqtt://me@h/a\n    password_credential: mqtt\n"
        f"    {other}: {tmp_path / 'secret'}\n"
    )
    assert f"password_credential replaces {other}" in line


def test_what_check_writes_for_a_client_without_a_user_can_be_read_again(read: Read) -> None:
    settings = read("inputs: ['mqtt://h/a']")
    assert read(to_yaml(settings)) == settings


@pytest.mark.parametrize("version", ["5", "'5'", "3.1.1", "'3.1.1'"])
def test_an_mqtt_version_may_be_written_as_a_number(read: Read, version: str) -> None:
    [source] = read(f"inputs: [{{from: 'mqtt://h/a', version: {version}}}]").inputs
    assert isinstance(source, MqttSection)
    assert source.version == version.strip("'")


@pytest.mark.parametrize("address", ["demo://x:1", "stdin://x:1/y", "stdin:x", "stdin:chat:x"])
def test_an_input_without_a_place_refuses_one(mistakes: Mistakes, address: str) -> None:
    [line] = mistakes(f"inputs: ['{address}']")
    assert "expected a port" not in line


@pytest.mark.parametrize(
    ("inputs", "wanted"),
    [
        ("stdin, stdin", "stdin"),
        ("stdin, 'stdin:chat'", "duplicate input stdin"),
        ("'osc://:9130', demo, 'osc://127.0.0.1:9130'", "9130"),
        ("'mqtt://h/a', 'mqtt://h/b'", "client"),
    ],
)
def test_two_inputs_that_want_the_same_are_a_mistake(
    mistakes: Mistakes, inputs: str, wanted: str
) -> None:
    [line] = mistakes(f"inputs: [{inputs}]")
    assert wanted in line


def test_a_chatbots_text_is_an_input_with_settings_of_its_own(read: Read) -> None:
    [plain] = read("inputs: stdin:chat").inputs
    [given] = read("inputs: ['stdin:chat?tags=[brackets]&pace=speech']").inputs
    [listed] = read("inputs: [{from: stdin:chat, stream: alice, words_a_minute: 120}]").inputs
    assert isinstance(plain, ChatSection)
    assert (plain.tags, plain.pace, plain.stream) == ([*DIALECTS], "text", "main")
    assert given.model_dump()["tags"] == ["brackets"]
    assert given.model_dump()["pace"] == "speech"
    assert listed.model_dump()["stream"] == "alice"


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("tags: [braquets]", "brackets"),
        ("pace: voice", "'text' or 'speech'"),
        ("words_a_minute: 0", "greater than or equal to 10"),
        ("stream: a b", "is not a name that a stream may have"),
        ("scale: [0, 1]", "no such setting"),
    ],
)
def test_a_setting_of_a_chatbots_text_that_cannot_be_is_refused(
    mistakes: Mistakes, settings: str, expected: str
) -> None:
    [line] = mistakes(f"inputs:\n  - from: stdin:chat\n    {settings}\n")
    assert line.startswith("3: inputs[1].")
    assert expected in line


def test_a_misspelt_form_of_stdin_is_answered_with_the_forms(mistakes: Mistakes) -> None:
    [line] = mistakes("inputs: ['stdin:caht']")
    assert "write just stdin or stdin:chat" in line


def test_text_is_an_input_whose_feelings_expire(read: Read) -> None:
    [plain] = read("inputs: stdin:text").inputs
    [given] = read("inputs: ['stdin:text?hold=forever&stream=alice']").inputs
    assert isinstance(plain, TextSection)
    assert (plain.hold_seconds, plain.stream) == (8.0, "main")
    assert (given.hold_seconds, given.model_dump()["stream"]) == (math.inf, "alice")


@pytest.mark.parametrize(
    ("source", "needed_by"),
    [("stdin:text", "stdin:text"), ("stdin:chat?untagged=read", "untagged: read")],
)
def test_words_without_the_package_that_reads_them_are_answered_with_the_command(
    mistakes: Mistakes, monkeypatch: pytest.MonkeyPatch, source: str, needed_by: str
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    [line] = mistakes(f"inputs: ['{source}']")
    assert f"{needed_by} needs vaderSentiment, which is not installed" in line
    assert line.endswith(f"run: {sys.executable} -m pip install vaderSentiment")


def test_a_chatbots_tags_need_no_package(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert read("inputs: stdin:chat").inputs


def test_each_input_has_its_own_name(read: Read) -> None:
    settings = read(
        "inputs: [stdin, demo, 'osc://:1', 'osc://:2', 'mqtt://h/a', 'mqtt://h/b?client_id=b']"
    )
    names = [source.name for source in settings.inputs]
    assert len(set(names)) == len(names), names


def test_osc_is_heard_from_this_machine_alone_unless_other_networks_are_named(read: Read) -> None:
    said, default = read(
        "inputs: ['osc://0.0.0.0:9130?allow=[192.168.1.7, 10.0.0.0/8]', 'osc://:9131']"
    ).inputs
    assert said.model_dump()["allow"] == ["192.168.1.7", "10.0.0.0/8"]
    assert default.model_dump()["allow"] == ["127.0.0.0/8", "::1/128"]


def test_what_is_no_network_is_refused_with_an_example(mistakes: Mistakes) -> None:
    [line] = mistakes("inputs: [{from: 'osc://:9130', allow: [studio]}]")
    assert "192.168.0.0/16" in line


def test_the_addresses_of_a_controller_can_have_a_meaning(read: Read) -> None:
    [source] = read(
        "inputs: [{from: 'osc://:9130', addresses: {/slider/3: joy, /xy: [valence, arousal]}}]"
    ).inputs
    assert isinstance(source, OscInputSection)
    assert source.addresses == {"/slider/3": "joy", "/xy": ["valence", "arousal"]}


@pytest.mark.parametrize(
    ("addresses", "reason"),
    [
        ("{/slider/3: hapy}", 'did you mean "happy"'),
        ("{slider: joy}", "expected an OSC address, as in /slider/3"),
        ("{'/{stream}/{stream}': joy}", "{stream} at most once"),
        ("{/xy: [valence, joy]}", "expected one meaning, or axes"),
    ],
)
def test_an_address_that_means_nothing_is_refused(
    mistakes: Mistakes, addresses: str, reason: str
) -> None:
    [line] = mistakes(f"inputs: [{{from: 'osc://:9130', addresses: {addresses}}}]")
    assert reason in line


def test_a_filter_with_two_wildcards_has_to_say_which_is_the_stream(
    read: Read, mistakes: Mistakes
) -> None:
    [line] = mistakes("inputs: ['mqtt://h/game/+/npc/+/emotion']")
    assert "game/{zone}/npc/{stream}/emotion" in line
    [source] = read("inputs: ['mqtt://h/game/{zone}/npc/{stream}/emotion']").inputs
    assert isinstance(source, MqttSection)
    assert source.topics == ("game/+/npc/+/emotion", 3)


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("file:show.jsonl.gz", "show.jsonl.gz"),
        ("file:shows/yester day.csv", "shows/yester day.csv"),
        ("file:///tmp/show.csv", "/tmp/show.csv"),
        ("file:/tmp/show.csv?speed=2", "/tmp/show.csv"),
        ("file:///C:/shows/a.csv", "C:/shows/a.csv"),
        ("file:~/a.csv", "~/a.csv"),
    ],
)
def test_the_path_of_a_file_is_what_follows_the_scheme(address, path):
    [section] = Settings.model_validate({"inputs": address}).inputs
    assert section.path == Path(path)
    assert section.name == f"file {Path(path).name}"
