"""The configuration as a JSON Schema. Editors use it to complete, explain and check a file.

It checks each value by itself. Only `affect-bridge check` checks settings against each other.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from bridge.config.address import WITHOUT_PLACE
from bridge.config.input_section import SCHEMES as INPUT_SCHEMES
from bridge.config.outputs import SCHEMES as OUTPUT_SCHEMES
from bridge.config.reading import tagged_sections
from bridge.config.receivers import RECEIVERS
from bridge.config.section import Section
from bridge.config.settings import Settings

Json = dict[str, Any]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> Json:
    """The JSON Schema (draft 2020-12) of a configuration file."""
    schema = _for_people(Settings.model_json_schema(by_alias=True))
    sections = schema.pop("$defs")
    for section in sections.values():
        section["properties"] = {n: _as_yaml_reads(p) for n, p in section["properties"].items()}
    for listed, item, key, schemes in (
        ("inputs", "Input", "from", INPUT_SCHEMES),
        ("outputs", "Output", "to", OUTPUT_SCHEMES),
    ):
        every = _choose_by_address(sections, key, schemes)
        setting = schema["properties"][listed]
        sections[item], setting["items"] = setting["items"], {"$ref": f"#/$defs/{item}"}
        sections[item]["anyOf"][0] |= _beginning_with(every)
        schema["properties"][listed] = _or_one_alone(setting)
    triggers = schema["properties"]["triggers"]
    sections["Trigger"], triggers["items"] = triggers["items"], {"$ref": "#/$defs/Trigger"}
    schema["properties"]["triggers"] = _or_one_alone(triggers)
    return {
        "$schema": _DIALECT,
        "title": "A configuration of affect-bridge",
        **schema,
        "$defs": sections,
    }


def schemes_by_section(schemes: Mapping[str, str]) -> dict[type[Section], list[str]]:
    """Each section that `schemes` select, with the schemes that select it."""
    tagged = tagged_sections()
    found: dict[type[Section], list[str]] = {}
    for scheme, tag in schemes.items():
        found.setdefault(tagged[tag], []).append(scheme)
    return found


def programs(schemes: Iterable[str]) -> list[str]:
    """The names of the receivers that use one of `schemes`."""
    return [name for name, receiver in RECEIVERS.items() if receiver.scheme in schemes]


def _choose_by_address(sections: Json, key: str, schemes: Mapping[str, str]) -> list[str]:
    """Restrict the address under `key` to the schemes that select its section, so that an editor
    can tell which section is meant. Returns everything that an address may start with."""
    every: list[str] = []
    for section, names in schemes_by_section(schemes).items():
        settings = sections[section.__name__]["properties"]
        by_name = programs(names)
        leading_here = list(dict.fromkeys([*names, *by_name]))
        settings[key] |= {"type": "string", **_beginning_with(leading_here)}
        if "receiver" in settings:
            settings["receiver"]["anyOf"] = [{"enum": by_name}, _NULL] if by_name else [_NULL]
        every += leading_here
    return every


def _or_one_alone(setting: Json) -> Json:
    """Also accept one item of a list without the list."""
    about = {key: setting[key] for key in ("default", "description")}
    return {"anyOf": [setting["items"], _without(setting, *about)], **about}


_NULL = {"type": "null"}


def _beginning_with(names: list[str]) -> Json:
    whole = [name for name in names if name in WITHOUT_PLACE]
    with_place = [name for name in names if name not in WITHOUT_PLACE]
    patterns = [f"^({'|'.join(with_place)})([:?]|$)"] if with_place else []
    patterns += [rf"^({'|'.join(whole)})(://|\?|$)"] if whole else []
    return {
        "pattern": "|".join(patterns),
        # Not a keyword of JSON Schema, but editors know it.
        "patternErrorMessage": f"expected an address that starts with one of {', '.join(names)}",
    }


def _for_people(node: Any) -> Any:
    """The same without generated titles, and with each description on one line."""
    if isinstance(node, list):
        return [_for_people(inner) for inner in node]
    if not isinstance(node, dict):
        return node
    kept = {k: _for_people(v) for k, v in node.items() if k != "title" or isinstance(v, dict)}
    if isinstance(description := kept.get("description"), str):
        kept["description"] = " ".join(description.split())
    return kept


def _as_yaml_reads(setting: Json) -> Json:
    """Also accept what YAML makes of a word: `5` is a number, and `off` is false in YAML 1.1."""
    if "enum" in setting:
        read = [yaml.safe_load(str(choice)) for choice in setting["enum"]]
        more = [choice for choice in read if choice not in setting["enum"]]
        if more:
            return {**_without(setting, "type"), "enum": setting["enum"] + more}
    elif setting.get("type") == "string":
        return {**setting, "type": ["string", "number"]}
    return setting


def _without(setting: Json, *keys: str) -> Json:
    return {name: value for name, value in setting.items() if name not in keys}
