"""An editor with the JSON Schema finds the mistakes that the bridge finds."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from bridge.config.input_section import SCHEMES as INPUT_SCHEMES
from bridge.config.json_schema import json_schema
from bridge.config.outputs import SCHEMES as OUTPUT_SCHEMES
from bridge.config.reading import ConfigError, to_yaml
from bridge.config.receivers import RECEIVERS
from bridge.config.settings import Settings

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "config.example.yaml"
SCHEMA = json_schema()
EDITOR = Draft202012Validator(SCHEMA)

Read = Callable[[str], Settings]
Mistakes = Callable[[str], list[str]]


def underlined(text: str) -> list[str]:
    """The mistakes that an editor finds in a configuration."""
    return [mistake.message for mistake in EDITOR.iter_errors(yaml.safe_load(text) or {})]


def test_the_schema_is_a_schema() -> None:
    EDITOR.check_schema(SCHEMA)


BLOCKS = [
    pytest.param(block, id=f"{page.name} {number}")
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
    for number, block in enumerate(
        re.findall(r"(?ms)^```yaml\n(.*?)^```$|`([a-z_]+: [^`\n]+)`", page.read_text("utf-8"))
    )
    for block in filter(None, block)
]
"""Blocks in the documents, and `key: value` in their text."""


@pytest.mark.parametrize("block", BLOCKS)
def test_a_configuration_in_the_documents_is_taken_if_the_bridge_takes_it(
    read: Read, block: str
) -> None:
    try:
        read(block)
    except ConfigError:
        pass  # the page about a dialect of one's own has one that is not built in
    else:
        assert underlined(block) == []


def test_the_documents_have_configurations_that_the_bridge_takes(read: Read) -> None:
    taken = 0
    for block in BLOCKS:
        try:
            read(str(block.values[0]))
        except ConfigError:
            continue
        taken += 1
    assert taken > 10


def test_the_example_is_taken_and_so_is_what_it_has_in_comments(read: Read) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    everything = re.sub(r"^# (?=- |  )", "  ", text, flags=re.MULTILINE)
    assert len(read(everything).outputs) > len(read(text).outputs)
    assert underlined(text) == []
    assert underlined(everything) == []


def test_the_example_leads_an_editor_to_the_schema() -> None:
    [where] = re.findall(r"^# yaml-language-server: \$schema=(\S+)\n", EXAMPLE.read_text("utf-8"))
    assert (EXAMPLE.parent / where).is_file()


ADDRESSES = {
    **{scheme: f"{scheme}://127.0.0.1:9000" for scheme in OUTPUT_SCHEMES},
    **{name: name for name in RECEIVERS},
    "lsl": "lsl://name=Face",
}


@pytest.mark.parametrize("name", ADDRESSES)
def test_what_check_prints_is_taken(read: Read, name: str) -> None:
    effective = to_yaml(read(f"outputs: ['{ADDRESSES[name]}']\ninputs: ['osc://[::1]:9', demo]"))
    assert underlined(effective) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "inputs: [stdin, demo, 'mqtts://user@broker/affect/+/set', 'osc://h:9?priority=2']",
        "inputs: [{from: 'mqtt://h/t', version: 5, client_id: 7}]",
        "inputs: [{from: 'mqtt://h/t', version: 3.1.1}]",
        "inputs: [{from: 'osc://h:9', hold: 4.5, allow: [192.168.0.0/16, '::1']}]",
        "outputs: [vseeface, 'vnyan://h?names=camel', 'vtube-studio://discover']",
        "outputs: [{to: vseeface, names: camel}]",
        "{inputs: demo, outputs: vseeface}",
        "{inputs: {from: stdin, priority: 2}, outputs: {to: vseeface, names: camel}}",
        "outputs: [{to: 'vmc://h', receiver: snekstudio, stream: 7, every: 2}]",
        "outputs: [{to: 'vmc://h', names: {jawOpen: A}}, {to: 'vmc://h', names: [pascal, vrm0]}]",
        "outputs: [{to: vrchat, eye_look: off, listen: off}]",
        "outputs: [{to: vrchat, listen: 9011}]",
        "outputs: [{to: 'mqtt://h', format: binary}]",
        "interpolation: linear",
        "interpolation: {onset: 0.3}",
        "interpolation: {kind: one_euro, beta: 2}",
        "health: 9464",
        "health: localhost:9464",
        "health: off",
        "health: {grace: 5}",
        "model: null",
    ],
)
def test_what_people_may_write_is_taken_by_both(read: Read, text: str) -> None:
    read(text)
    assert underlined(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "fps: 0",
        "fps: fast",
        "fps: true",
        "fsp: 60",
        "symmetry: 1.5",
        "max_streams: 0.5",
        "watch: 2",
        "log_level: loud",
        "model: 7",
        "inputs: 5",
        "inputs: []",
        "inputs: [7]",
        "inputs: [stdni]",
        "inputs: ['vrchat://h:9']",
        "inputs: [{priority: 2}]",
        "inputs: [{from: stdin, prioriy: 2}]",
        "inputs: [{from: demo, hold_at_end: 2}]",
        "inputs: [{from: stdin, hold: always}]",
        "inputs: [{from: stdin, hold: 0}]",
        "inputs: [{from: 'osc://h:9', allow: 127.0.0.1}]",
        "inputs: [{from: 'mqtt://h/t', qos: 3}]",
        "inputs: [{from: 'mqtt://h/t', version: 4}]",
        "inputs: [{from: 'mqtt://h/t', client_id: a/b}]",
        "outputs: [vseefase]",
        "outputs: ['osc-in://h:9']",
        "outputs: [{to: 7}]",
        "outputs: [{to: 'vmc://h', layout: array}]",
        "outputs: [{to: vseeface, layout: array}]",
        "outputs: [{to: 'osc://h:9', layout: matrix}]",
        "outputs: [{to: 'osc://h:9', scale: 10}]",
        "outputs: [{to: 'vmc://h', every: 0}]",
        "outputs: [{to: 'vmc://h', every: true}]",
        "outputs: [{to: 'vmc://h', receiver: unreal}]",
        "outputs: [{to: 'meowface://h:9', receiver: vseeface}]",
        "outputs: [{to: 'vmc://h', receiver: photoshop}]",
        "outputs: [{to: vbridger, reach: multicast}]",
        "outputs: [{to: vrchat, bits: 9}]",
        "outputs: vcm",
        "outputs: {to: vseeface, evry: 2}",
        "interpolation: sprng",
        "interpolation: {fade: 0.3}",
        "interpolation: {kind: linear, onset: 0.3}",
        "interpolation: {kind: none, fade: 1}",
        "health: true",
        "health: {grace: 0}",
        "health: {port: 9464}",
    ],
)
def test_a_mistake_is_refused_by_both(mistakes: Mistakes, text: str) -> None:
    assert mistakes(text)
    assert underlined(text)


@pytest.mark.parametrize(
    ("listed", "key", "name"),
    [
        *(("inputs", "from", scheme) for scheme in INPUT_SCHEMES),
        *(("outputs", "to", name) for name in ADDRESSES),
    ],
)
def test_the_beginning_of_an_address_tells_an_editor_which_settings_there_are(
    listed: str, key: str, name: str
) -> None:
    item = SCHEMA["properties"][listed]["anyOf"][0]["$ref"].rpartition("/")[2]
    alone, *sections = SCHEMA["$defs"][item]["anyOf"]
    assert re.search(alone["pattern"], name)
    addresses = [
        SCHEMA["$defs"][section["$ref"].rpartition("/")[2]]["properties"][key]
        for section in sections
    ]
    for written in (name, f"{name}://h", f"{name}?every=2"):
        [_] = [address for address in addresses if re.search(address["pattern"], written)]
    for other in (f"{name}x", f"x{name}", f" {name}"):
        assert not [a for a in addresses if re.search(a["pattern"], other)]


def test_every_setting_is_explained_to_an_editor_on_one_line() -> None:
    sections = [definition for definition in SCHEMA["$defs"].values() if "anyOf" not in definition]
    assert len(sections) > len(SCHEMA["properties"])
    for section in (SCHEMA, *sections):
        assert section["additionalProperties"] is False
        for name, setting in section["properties"].items():
            assert setting["description"], name
            assert "\n" not in setting["description"]
