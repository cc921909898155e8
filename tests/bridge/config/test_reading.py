import re
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from bridge.config.reading import ConfigError, read_settings, to_yaml
from bridge.config.settings import Settings
from bridge.config.yaml_file import LARGEST_FILE
from bridge.model.checkpoint import BUILTIN

EXAMPLE = Path(__file__).parents[3] / "config.example.yaml"

EVERYTHING = """
fps: 29.97
inputs:
  - stdin?hold=5&hold_at_end=1.5
  - from: osc://0.0.0.0:9130
    priority: 3
    hold: 2.5
  - from: mqtts://me@broker/affect/+/set
    client_id: studio
    qos: 2
    keep_alive: 60
    version: 3.1.1
    password_env: BROKER_PASSWORD
    password_file: {file}
    tls_ca: {file}
    tls_certificate: {file}
    tls_key: {file}
  - demo?priority=-50
outputs:
  - vmc://[::1]:39540?names=camel&bundle=false
  - to: vmc://studio
    names: {eyeBlinkLeft: Blink_L, jawOpen: A}
    stream: bob
  - livelink://unreal/Face%20あ
  - osc://h:8000/{stream}/{name}?scale=100&every=3&names=pascal
  - osc://h:8001/W?layout=indexed
interpolation: {kind: one_euro, min_cutoff: 1.7, beta: 0.3, derivative_cutoff: 1.1}
symmetry: 0.5
model: {file}
max_streams: 7
log_level: debug
"""

Read = Callable[[str], Settings]
Mistakes = Callable[[str], list[str]]


@pytest.mark.parametrize(
    ("text", "line", "key", "expected"),
    [
        ("fps: 60\nsymetry: 1\n", 2, "symetry", "no such setting; did you mean symmetry?"),
        ("volume: 1\n", 1, "volume", "no such setting; expected one of fps, inputs, outputs"),
        ("inputs:\n - from: stdin\n   prio: 1\n", 3, "inputs[1].prio", "no such setting"),
        ("fps: fast\n", 1, "fps", "'fast': expected a valid number"),
        ("fps: 500\n", 1, "fps", "500: expected less than or equal to 240"),
        ("fps: .nan\n", 1, "fps", "nan: expected a finite number"),
        ("fps:\n", 1, "fps", "expected a valid number"),
        ("\n\nsymmetry: -0.1\n", 3, "symmetry", "-0.1: expected greater than or equal to 0"),
        ("log_level: verbose\n", 1, "log_level", "expected 'debug', 'info', 'warning' or 'error'"),
        ("max_streams: 2.5\n", 1, "max_streams", "expected a valid integer"),
        ("inputs: 5\n", 1, "inputs", "5: expected an address, or a list of addresses"),
        ("inputs: []\n", 1, "inputs", "expected at least 1 item"),
        ("model: 5\n", 1, "model", "5: expected the path of a file"),
        ("inputs:\n - 'mqtt://h/a?client_id='\n", 2, "inputs[1].client_id", "at least 1 character"),
        ("outputs:\n - 'mqtts://h?tls_ca=/x'\n", 2, "outputs[1].tls_ca", "no such file"),
        ("outputs:\n", 1, "outputs", "expected an address, or a list of addresses"),
        ("inputs:\n - from: stdin\n   hold: 0\n", 3, "inputs[1].hold", "or forever"),
        ("interpolation: sprng\n", 1, "interpolation", "did you mean spring?"),
        ("interpolation: [spring]\n", 1, "interpolation", "or settings with a kind"),
        ("interpolation:\n  onset: 0\n", 2, "interpolation.onset", "0: expected greater than 0"),
        (
            "interpolation:\n  kind: linear\n  onset: 1\n",
            3,
            "interpolation.onset",
            "no such setting; expected one of kind, fade",
        ),
        ("interpolation: {kind: spring, realease: 1}\n", 1, "interpolation.realease", "release?"),
        ("model: 5\n", 1, "model", "path"),
    ],
)
def test_a_mistake_is_reported_with_line_key_and_expectation(
    mistakes: Mistakes, text: str, line: int, key: str, expected: str
) -> None:
    [told] = mistakes(text)
    assert told.startswith(f"{line}: {key}: ")
    assert expected in told


@pytest.mark.parametrize("said", ["fps: true", "symmetry: false", "max_streams: true"])
def test_yes_and_no_are_not_numbers(mistakes: Mistakes, said: str) -> None:
    [told] = mistakes(said)
    assert "expected" in told


def test_a_misspelt_from_is_answered_with_from(mistakes: Mistakes) -> None:
    [told] = mistakes("inputs:\n  - form: stdin\n")
    assert told.startswith("2: inputs[1]")
    assert "'from'" in told


def test_all_mistakes_are_reported_at_once_in_the_order_of_the_file(mistakes: Mistakes) -> None:
    told = mistakes(
        "fpss: 60\n"
        "symmetry: 2\n"
        "inputs:\n"
        "  - from: osc://:99999\n"
        "    hold: -1\n"
        "  - ocs://:9130\n"
        "outputs:\n"
        "  - to: vmc://h\n"
        "    evry: 2\n"
        "    every: 0\n"
        "interpolation: {kind: linear, fade: 0}\n"
        "log_level: loud\n"
    )
    assert [line.split(": ")[:2] for line in told] == [
        ["1", "fpss"],
        ["2", "symmetry"],
        ["4", "inputs[1].from"],
        ["5", "inputs[1].hold"],
        ["6", "inputs[2]"],
        ["9", "outputs[1].evry"],
        ["10", "outputs[1].every"],
        ["11", "interpolation.fade"],
        ["12", "log_level"],
    ]


def test_a_key_written_twice_is_reported_with_its_line(mistakes: Mistakes) -> None:
    assert mistakes("fps: 60\nsymmetry: 1\nfps: 30\n") == ["3: fps: written twice"]
    [told] = mistakes("inputs:\n  - from: stdin\n    hold: 1\n    hold: 2\n")
    assert told.startswith("4: ")
    assert "hold: written twice" in told


def test_a_key_written_twice_does_not_hide_the_other_mistakes(mistakes: Mistakes) -> None:
    told = mistakes("fps: 60\nfps: 30\nsymetry: 1\n")
    assert [line.split(": ")[:2] for line in told] == [["2", "fps"], ["3", "symetry"]]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("fps: 60\ninputs: [stdin\noutputs: [vmc]\n", 3),
        ("fps: 60\n\tsymmetry: 1\n", 2),
        ("fps: 'sixty\n", 2),
        ("fps: 60\n---\nfps: 30\n", 2),
        ("fps: *unknown\n", 1),
    ],
)
def test_broken_yaml_is_reported_with_its_line(mistakes: Mistakes, text: str, line: int) -> None:
    [told] = mistakes(text)
    assert told.startswith(f"{line}: not valid YAML: ")


@pytest.mark.parametrize(
    "text",
    [
        "model: !!python/object/apply:pathlib.Path ['{trace}']\n",
        "model: !!python/object/apply:os.mkdir ['{trace}']\n",
        "!!python/object/new:os.mkdir ['{trace}']\n",
        "outputs: ['vmc://h?names=!!python/object/apply:os.mkdir [{trace}]']\n",
    ],
)
def test_yaml_tags_that_make_objects_are_refused_and_make_nothing(
    mistakes: Mistakes, tmp_path: Path, text: str
) -> None:
    trace = tmp_path / "made"
    [told] = mistakes(text.replace("{trace}", str(trace)))
    assert told.startswith("1: ")
    assert not trace.exists()


@pytest.mark.parametrize("value", ["[", "'", "{a", "%40", "!x"])
def test_an_option_that_cannot_be_read_is_a_mistake_like_any_other(
    mistakes: Mistakes, value: str
) -> None:
    [told] = mistakes(f'fps: 60\ninputs:\n  - "osc://:9130?hold={value}"\n')
    assert told.startswith("3: inputs[1]")


@pytest.mark.parametrize("text", ["- fps\n", "sixty\n", "60\n", "[]\n"])
def test_a_file_that_is_no_mapping_is_refused(mistakes: Mistakes, text: str) -> None:
    assert mistakes(text) == ["1: expected settings as `key: value`"]


def test_a_file_that_is_too_large_is_refused_unread(mistakes: Mistakes) -> None:
    [told] = mistakes("# " + "x" * LARGEST_FILE)
    assert f"larger than {LARGEST_FILE} bytes" in told


def test_characters_that_yaml_forbids_are_reported_as_such(mistakes: Mistakes) -> None:
    [told] = mistakes("fps: 60\x00\n")
    assert "not valid YAML" in told
    assert "nested" not in told


def test_a_file_that_is_not_utf8_is_refused(config_file: Path) -> None:
    config_file.write_bytes("fps: 60".encode("utf-16"))
    with pytest.raises(ConfigError, match="is not UTF-8 text"):
        read_settings(config_file)


def test_a_missing_file_and_a_folder_are_reported_by_name(tmp_path: Path) -> None:
    for path in (tmp_path / "none.yaml", tmp_path):
        with pytest.raises(ConfigError, match=f"^{re.escape(str(path))}: cannot be read: "):
            read_settings(path)


def test_a_file_from_a_windows_editor_is_read(config_file: Path) -> None:
    config_file.write_bytes(b"\xef\xbb\xbffps: 30\r\nsymmetry: 0\r\n")  # byte order mark, CR LF
    assert read_settings(config_file).fps == 30


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "---\n"])
def test_an_empty_file_means_the_defaults(read: Read, text: str) -> None:
    assert read(text) == Settings()


def test_a_long_value_is_not_repeated_whole(mistakes: Mistakes) -> None:
    [told] = mistakes("fps: " + "x" * 5000)
    assert len(told) < 300


def test_without_a_file_the_command_line_is_all_there_is() -> None:
    assert read_settings(None) == Settings()
    assert read_settings(None, {"fps": 30.0}).fps == 30
    with pytest.raises(ConfigError, match=r"^command line: outputs\[1\]: .*did you mean vmc\?"):
        read_settings(None, {"outputs": ["vmx://h"]})


def test_the_command_line_replaces_what_the_file_says(config_file: Path) -> None:
    config_file.write_text("fps: 30\ninputs: [stdin, demo]\nsymmetry: 0.5\n")
    settings = read_settings(config_file, {"fps": 120.0, "inputs": ["osc://:9130"]})
    assert (settings.fps, settings.symmetry) == (120, 0.5)
    assert [source.name for source in settings.inputs] == ["osc 127.0.0.1:9130"]


def test_a_mistake_on_the_command_line_is_not_blamed_on_the_file(config_file: Path) -> None:
    config_file.write_text("symmetry: 2\nfps: 30\n")
    with pytest.raises(ConfigError) as refused:
        read_settings(config_file, {"fps": 500.0, "outputs": ["vmx://h"]})
    told = str(refused.value).splitlines()
    assert [line.split(": ")[:2] for line in told] == [
        ["command line", "fps"],
        ["command line", "outputs[1]"],
        [f"{config_file}:1", "symmetry"],
    ]


@pytest.mark.parametrize("text", ["", EVERYTHING, EXAMPLE.read_text(encoding="utf-8")])
def test_the_effective_configuration_read_back_gives_the_same_settings(
    read: Read, tmp_path: Path, text: str
) -> None:
    file = tmp_path / "some file"
    file.write_bytes(BUILTIN.read_bytes())  # which will do as a certificate as well
    settings = read(text.replace("{file}", str(file)))
    assert read(to_yaml(settings)) == settings


def test_the_effective_configuration_spells_out_every_default() -> None:
    effective = yaml.safe_load(to_yaml(Settings()))
    assert effective["fps"] == 60
    assert effective["symmetry"] == 1
    assert effective["interpolation"] == {"kind": "spring", "onset": 0.12, "release": 0.35}
    assert effective["inputs"] == [
        {
            "from": "stdin",
            "priority": 0,
            "hold": "forever",
            "scale": None,
            "columns": [],
            "fields": {},
            "dominance": "estimate",
            "labels": "together",
            "hold_at_end": 2.0,
        }
    ]
    assert effective["outputs"] == [
        {
            "to": "vmc://127.0.0.1:39539",
            "receiver": None,
            "stream": "main",
            "every": 1,
            "reach": "one",
            "hops": 1,
            "interface": None,
            "ports": 1,
            "names": "pascal",
            "bones": False,
            "gaze": False,
            "role": "performer",
            "bundle": True,
            "leave": [],
        }
    ]


def test_the_effective_configuration_holds_no_secret(
    read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROKER_PASSWORD", "hunter2")
    (tmp_path / "secret").write_text("hunter3")
    effective = to_yaml(
        read(
            "inputs:\n"
            "  - {from: 'mqtt://me@h/a', password_env: BROKER_PASSWORD}\n"
            f"  - {{from: 'mqtt://me@h/b', password_file: '{tmp_path / 'secret'}', client_id: b}}\n"
        )
    )
    assert "hunter" not in effective
    assert "BROKER_PASSWORD" in effective


def test_the_example_is_valid_without_a_word_changed() -> None:
    settings = read_settings(EXAMPLE)
    assert [source.address.scheme for source in settings.inputs] == ["stdin", "osc", "demo"]
    assert [output.address.scheme for output in settings.outputs] == ["vmc", "livelink"]


def test_what_the_example_has_commented_out_is_valid_too(read: Read) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    settings = read(re.sub(r"^#(?= - |   \w+:)", " ", text, flags=re.MULTILINE))
    assert "mqtt" in [source.address.scheme for source in settings.inputs]
    assert "osc" in [output.address.scheme for output in settings.outputs]
