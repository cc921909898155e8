from collections.abc import Callable
from pathlib import Path

import pytest

from bridge.config.outputs import SCHEMES
from bridge.config.reading import ConfigError, read_settings, to_yaml
from bridge.config.receivers import RECEIVERS
from bridge.config.settings import Settings

Read = Callable[[str], Settings]
Mistakes = Callable[[str], list[str]]

PROMISED = {
    "vseeface": ("vmc", 39539),
    "warudo": ("vmc", 39539),
    "vnyan": ("vmc", 39539),
    "vmagicmirror": ("vmc", 39539),
    "snekstudio": ("vmc", 39570),
    "evmc4u": ("vmc", 39539),
    "unreal": ("livelink", 11111),
    "unity": ("osc", 3333),
    "vtube-studio": ("vtube-studio", 8001),
    "vbridger": ("vts-phone", 21412),
    "vrchat": ("vrchat", 9000),
    "resonite": ("vrchat", 9000),
    "godot": ("vmc", 39539),
}
"""The names that must work, with the dialect and the usual port of each program."""


@pytest.mark.parametrize("name", RECEIVERS)
def test_a_name_alone_is_a_receiver_on_this_machine(read: Read, name: str) -> None:
    [output] = read(f"outputs: [{name}]").outputs
    scheme, port = PROMISED[name]
    assert output.address[:3] == (scheme, "127.0.0.1", port)
    assert output.receiver == name


def test_every_promised_name_is_there() -> None:
    assert RECEIVERS.keys() == PROMISED.keys()


@pytest.mark.parametrize("name", RECEIVERS)
def test_a_receiver_is_spoken_to_in_a_known_dialect_and_has_a_caution_of_one_sentence(
    name: str,
) -> None:
    receiver = RECEIVERS[name]
    assert receiver.scheme in SCHEMES
    assert receiver.caution.endswith(".")
    assert receiver.caution[0].isupper()
    assert ". " not in receiver.caution
    assert "\n" not in receiver.caution


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("vseeface", "vmc://127.0.0.1:39539"),
        ("VSeeFace", "vmc://127.0.0.1:39539"),
        ("vseeface://", "vmc://127.0.0.1:39539"),
        ("vseeface://192.168.1.20", "vmc://192.168.1.20:39539"),
        ("vseeface://studio.local:1234", "vmc://studio.local:1234"),
        ("vseeface://studio.local/", "vmc://studio.local:39539"),
        ("snekstudio://studio", "vmc://studio:39570"),
        ("snekstudio://studio:", "vmc://studio:39570"),
        ("snekstudio://[::1]", "vmc://[::1]:39570"),
        ("snekstudio://[2001:db8::1]:99", "vmc://[2001:db8::1]:99"),
        ("unreal://studio/Anna", "livelink://studio:11111/Anna"),
        ("unity://studio/{stream}/{name}", "osc://studio:3333/{stream}/{name}"),
        ("vtube-studio://192.168.1.20", "vtube-studio://192.168.1.20"),
        ("vtube-studio://discover", "vtube-studio://discover"),
        ("resonite://studio:9003", "vrchat://studio:9003"),
        ("{to: 'vrchat://studio', receiver: resonite}", "vrchat://studio:9000"),
        ("vbridger://0.0.0.0", "vts-phone://0.0.0.0:21412"),
        ("{to: 'vmc://studio', receiver: snekstudio}", "vmc://studio:39570"),
        ("{to: 'vmc://studio:99', receiver: snekstudio}", "vmc://studio:99"),
        ("{to: vmc, receiver: SnekStudio}", "vmc://127.0.0.1:39570"),
        ("{to: 'snekstudio://studio', receiver: snekstudio}", "vmc://studio:39570"),
    ],
)
def test_what_an_address_leaves_out_is_what_the_receiver_has(
    read: Read, written: str, address: str
) -> None:
    quoted = written if written.startswith("{to") else f"'{written}'"
    [output] = read(f"outputs: [{quoted}]").outputs
    assert output.to == address
    assert output.receiver in RECEIVERS


def test_an_assistant_means_another_port_unless_one_is_said(read: Read) -> None:
    outputs = read(
        "outputs: ['vseeface?role=assistant', 'vseeface://h?role=assistant',"
        " 'vseeface://h:99?role=assistant', 'snekstudio?role=performer']"
    ).outputs
    assert [output.address.port for output in outputs] == [39540, 39540, 99, 39570]


def test_settings_may_follow_the_name_or_the_address(read: Read) -> None:
    short, long, map_ = read(
        "outputs: ['vnyan?names=camel&every=2', 'vnyan://h?names=camel',"
        " {to: vnyan, names: {eyeBlinkLeft: Blink_L}}]"
    ).outputs
    assert (short.every, short.names) == (2, "camel")
    assert long.names == "camel"
    assert map_.names == {"eyeBlinkLeft": "Blink_L"}


def test_resonite_is_not_listened_to_where_vrchat_is(read: Read) -> None:
    vrchat, resonite, told = read(
        "outputs: [vrchat, resonite, 'resonite?listen=127.0.0.1:9001']"
    ).outputs
    assert [vrchat.listen, resonite.listen, told.listen] == ["auto", "off", "127.0.0.1:9001"]


def test_what_the_user_says_wins_over_the_receiver(
    read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    camel = RECEIVERS["vnyan"]._replace(settings={"names": "camel", "every": 2})
    monkeypatch.setitem(RECEIVERS, "vnyan", camel)
    preset, told = read("outputs: [vnyan, 'vnyan?names=pascal']").outputs
    assert (preset.names, preset.every) == ("camel", 2)
    assert (told.names, told.every) == ("pascal", 2)


def test_an_output_knows_the_caution_of_its_receiver_and_no_other(read: Read) -> None:
    named, plain = read("outputs: [vnyan, 'vmc://127.0.0.1:39539']").outputs
    assert named.caution == RECEIVERS["vnyan"].caution
    assert plain.caution == ""
    assert plain.receiver is None


@pytest.mark.parametrize("name", RECEIVERS)
def test_what_check_prints_for_a_receiver_comes_to_the_same_when_it_is_read(
    tmp_path: Path, name: str
) -> None:
    settings = read_settings(None, {"outputs": [name]})
    printed = tmp_path / "printed.yaml"
    printed.write_text(to_yaml(settings), encoding="utf-8")
    assert read_settings(printed) == settings


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("vseefase", "did you mean vseeface?"),
        ("vseefase://h", "did you mean vseeface?"),
        ("snek-studio", "did you mean snekstudio?"),
        ("VTubeStudio", "did you mean vtube-studio?"),
        ("VTube Studio", "did you mean vtube-studio?"),
        ("{to: 'vmc://h', receiver: vnyann}", "did you mean vnyan?"),
        ("{to: 'vmc://h', receiver: [vnyan]}", "receiver ['vnyan']: expected one of vseeface, "),
        ("{to: 'vmc://h', receiver: 5}", "receiver 5: expected one of vseeface, "),
        ("{to: 'osc://h:1', receiver: vnyan}", "starts with vnyan:// or vmc://, not osc://"),
        ("{to: warudo, receiver: vnyan}", "starts with vnyan:// or vmc://, not warudo://"),
        ("'vseeface:39539'", "expected vseeface://host:port, or vseeface alone"),
        ("'vseeface:'", "expected vseeface://host:port, or vseeface alone"),
        ("'vseeface://::1'", "put an IPv6 host in brackets, as in vmc://[::1]:9000"),
        ("'vseeface://[::1'", "expected a host, as in vmc://127.0.0.1:9000 or vmc://[::1]:9000"),
        ("vseeface://h:port", "vmc://h:port: expected a port from 1 to 65535"),
        ("vseeface://h:0", "expected a port from 1 to 65535"),
        ("vseeface://h:66000", "expected a port from 1 to 65535"),
        ("vseeface://h/face", "'face': an address of vmc has nothing after the port"),
        ("vseeface?nmaes=camel", "did you mean names?"),
        ("vseeface?layout=array", "no such setting"),
        ("vseeface://me:hunter2@h", "a password in an address"),
        ("{to: vseeface, stream: '*'}", "stream * needs {stream} in the address"),
    ],
)
def test_a_mistake_about_a_receiver_is_reported_with_its_line(
    mistakes: Mistakes, output: str, expected: str
) -> None:
    [line] = mistakes(f"fps: 60\noutputs:\n  - vmc://h\n  - {output}\n")
    assert line.startswith("4: outputs[2]")
    assert expected in line
    assert "hunter2" not in line


def test_a_mistake_on_the_command_line_is_reported_too() -> None:
    with pytest.raises(ConfigError, match=r"command line: outputs.*did you mean vnyan"):
        read_settings(None, {"outputs": ["vnian"]})
