"""The reference of the configuration, `docs/configuration.md`, generated from the sections."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, get_args

import yaml

from bridge.config.face import FaceSection
from bridge.config.input_section import InputSection
from bridge.config.json_schema import programs, schemes_by_section
from bridge.config.messages import MessageSettings
from bridge.config.output_section import OutputSection
from bridge.config.outputs import SCHEMES as OUTPUT_SCHEMES
from bridge.config.reach import ReachSettings
from bridge.config.reading import tagged_sections
from bridge.config.section import Section
from bridge.config.settings import Settings
from bridge.config.states import StateSection
from bridge.config.stream_face import StreamFace
from bridge.config.trigger_section import TriggerSection

_INTRODUCTION = """\
# Configuration

This page lists every setting. `make docs` generates it from the code.

To check a file and see every default, run `affect-bridge check FILE`.

To have your editor complete and check a file, add this first line. The path leads to
[the JSON Schema](configuration.schema.json):

```yaml
# yaml-language-server: $schema=docs/configuration.schema.json
```

## Paths

A path can start with `~`, your home directory. A relative path starts at the folder of the
configuration file. On the command line it starts at the current folder.

## Reload

To reload the configuration of a running bridge, send it SIGHUP, or set `watch: true` and save the
file. Settings from the command line stay as they are. A reload never loses a frame. The column
"reload" says what happens to a changed setting:

- **at once**: it applies from the next frame, and nothing is interrupted.
- **reopen**: the input, output or port that it belongs to is closed and opened again. The others go
  on. The updates of an input stay as long as its address is the same.
- **restart**: it applies when you restart the bridge. The log says so.
"""

_BEFORE = {
    "inputs": """\
Each input is an address, or an address with settings. One input needs no list: `inputs: demo`.

```yaml
inputs:
  - stdin
  - from: osc://127.0.0.1:9130
    priority: 5
    hold: 30
```
""",
    "outputs": """\
Each output is the name of a program, or an address. Settings follow the address after `?`, or stand
next to it. One output needs no list: `outputs: vseeface`. [Receivers](receivers.md) says what to
click in each program.

```yaml
outputs:
  - vseeface
  - vnyan://192.168.1.20?names=camel
  - to: livelink://127.0.0.1:11111/Face
    every: 2
```
""",
    "interpolation": """\
Write a kind alone (`interpolation: linear`), or a kind with its settings. Without `kind` the
settings are those of `spring`:

```yaml
interpolation:
  kind: one_euro
  beta: 0.5
```
""",
    "record": """\
Write a file alone (`record: show.jsonl.gz`), or a file with settings. [Recording](recording.md)
shows what to do with it.

```yaml
record:
  file: show.jsonl.gz
  keep: 10
```
""",
    "triggers": """\
Each trigger names an emotion and what it does. [Triggers](triggers.md) explains them step by step.
`to` is needed for OSC and MQTT only. One trigger needs no list.

```yaml
triggers:
  - emotion: joy
    hotkey: Blush
  - emotion: sadness
    expression: tears.exp3.json
  - emotion: anger
    parameter: Angry
  - emotion: fear
    to: osc://127.0.0.1:9000/lights/red
```
""",
    "health": """\
Write an address alone (`health: 127.0.0.1:9464`), or an address with settings:

```yaml
health:
  at: 127.0.0.1:9464
  grace: 60
```
""",
    "web": """\
Write an address alone (`web: 127.0.0.1:8765`), or an address with settings. [HTTP](http.md) says
what is served:

```yaml
web:
  at: 0.0.0.0:8765
  token_env: AFFECT_BRIDGE_TOKEN
  hosts: [studio.local]
```
""",
}
"""The introduction to each setting's chapter."""

_STATES = (
    "A state of a character under `face.states` has the settings of a stream's face (those above, "
    "without `correctives`, `streams` and `states`) and these:",
    "",
)


class Shared(NamedTuple):
    """Settings that many sections share. The page shows them once."""

    section: type[Section]
    heading: str
    about: str = ""

    @property
    def link(self) -> str:
        return f"[{self.heading.lower()}](#{_anchor(self.heading)})"


_SHARED = (
    Shared(InputSection, "Every input"),
    Shared(
        MessageSettings,
        "Messages",
        "Inputs that read messages have these. [Inputs](inputs.md) shows what they understand "
        "without any setting.",
    ),
    Shared(OutputSection, "Every output"),
    Shared(
        ReachSettings,
        "Reach",
        "Outputs over UDP send to one receiver, unless these settings say otherwise.",
    ),
    Shared(TriggerSection, "Every trigger"),
)


class Row(NamedTuple):
    """A setting as a row of a table."""

    setting: str
    description: str
    takes: str
    default: str
    reload: str

    def __str__(self) -> str:
        description, takes, default = (
            cell.replace("|", r"\|").replace("<", "&lt;")
            for cell in (self.description, self.takes, self.default)
        )
        reload = self.reload.replace(" ", "&nbsp;")  # keeps it on one line
        return f"| `{self.setting}` | {description}<br>{takes}; {default} | {reload} |"


def markdown() -> str:
    """The page."""
    return "\n".join(_page()).rstrip() + "\n"


def rows(section: type[Section]) -> dict[str, Row]:
    """Every setting of a section, except the one that only selects the section."""
    schema = section.model_json_schema(by_alias=True)
    required = schema.get("required", ())
    found = {}
    for field, info in section.model_fields.items():
        name = info.alias or field
        described = schema["properties"][name]
        if "const" not in described:
            found[name] = Row(
                name,
                described["description"],
                _takes(name, described),
                "required" if name in required else f"default: {_default(described)}",
                section.on_reload(field),
            )
    return found


def _page() -> Iterator[str]:
    yield _INTRODUCTION
    yield from ("## Top level", "", *_table(rows(Settings).values()))
    for name, info in Settings.model_fields.items():
        if sections := list(sections_in(info.annotation)):
            yield from (f"## {name.title()}", "")
            yield from _chapter(_BEFORE.get(name, ""), sections)
        if sections == [FaceSection]:
            usual = rows(StreamFace)
            own = [row for name, row in rows(StateSection).items() if name not in usual]
            yield from ("### States", "", *_STATES, *_table(own))


def sections_in(hint: Any) -> Iterator[type[Section]]:
    """The sections that a setting of this type accepts."""
    if isinstance(hint, type) and issubclass(hint, Section):
        yield hint
    for part in get_args(hint):
        yield from sections_in(part)


def _chapter(before: str, sections: list[type[Section]]) -> Iterator[str]:
    """A setting that accepts one section, or one of several."""
    if len(sections) == 1:
        yield from (_described(sections[0]), "", before, *_table(rows(sections[0]).values()))
        return
    yield before
    for part in _SHARED:
        if any(issubclass(section, part.section) for section in sections):
            yield from (f"### {part.heading}", "", *([part.about, ""] if part.about else ()))
            yield from _table(rows(part.section).values())
    headings = {section: tag for tag, section in tagged_sections().items()}
    for section in sections:
        yield from (f"### {headings[section]}", "", _described(section), "")
        yield from _names_for(section)
        yield from _settings_of(section)


def _names_for(section: type[Section]) -> Iterator[str]:
    """The programs whose names select a section."""
    by_name = programs(schemes_by_section(OUTPUT_SCHEMES).get(section, ()))
    if by_name:
        links = ", ".join(f"[`{name}`](receivers.md#{name})" for name in by_name)
        yield from (f"Programs by name: {links}.", "")


def _settings_of(section: type[Section]) -> Iterator[str]:
    """Links to the settings that the section shares, and a table of its own settings."""
    own = rows(section)
    shared = [part for part in _SHARED if issubclass(section, part.section)]
    for part in shared:
        own = {name: row for name, row in own.items() if rows(part.section).get(name) != row}
    if shared:
        links = " and of ".join(part.link for part in shared)
        yield from (f"It has the settings of {links}{', and these:' if own else '.'}", "")
    yield from _table(own.values()) if own else ()


def _table(found: Iterable[Row]) -> Iterator[str]:
    yield "| setting | meaning and values | reload |"
    yield "|---|---|---|"
    yield from map(str, found)
    yield ""


def _anchor(heading: str) -> str:
    return heading.lower().replace(" ", "-")


def _described(section: type[Section]) -> str:
    return " ".join((section.__doc__ or "").split())


# Values in words


def _takes(name: str, described: Mapping[str, Any]) -> str:
    """The values that a setting accepts, for people."""
    if name in ("from", "to"):
        return "address"
    if "$ref" in str(described) and name in Settings.model_fields:
        return f"[see below](#{_anchor(name)})"
    return _or(dict.fromkeys(_words(described)))


def _words(described: Mapping[str, Any]) -> Iterator[str]:
    """Each kind of value that a piece of JSON Schema accepts."""
    kind = described.get("type")
    if "anyOf" in described:
        for choice in described["anyOf"]:
            yield from _words(choice)
    elif "$ref" in described:
        yield "map"
    elif "enum" in described:
        yield from (f"`{choice}`" for choice in described["enum"])
    elif "const" in described:
        yield f"`{described['const']}`" if described["const"] is not False else "`off`"
    elif kind == "array":
        yield f"list of {_or(dict.fromkeys(_words(described['items'])))}"
    elif kind != "null":
        yield {
            "boolean": "true or false",
            "integer": "whole number",
            "number": "number",
            "object": "map",
            "string": "file" if "path" in described.get("format", "") else "text",
        }[str(kind)] + _bounds(described)


def _bounds(described: Mapping[str, Any]) -> str:
    low, above, high = (described.get(key) for key in ("minimum", "exclusiveMinimum", "maximum"))
    if "maxLength" in described:
        return f" of {described.get('minLength', 0)} to {described['maxLength']} characters"
    if high is None:
        return ""
    return f" from {low} to {high}" if above is None else f" above {above} up to {high}"


def _or(choices: Iterable[str]) -> str:
    *others, last = choices
    return f"{', '.join(others)} or {last}" if others else last


def _default(described: Mapping[str, Any]) -> str:
    if "default" not in described:
        return "depends on the machine"  # a function makes it
    default = described["default"]
    if default is None:
        return "none"
    if isinstance(default, str) and default:
        return f"`{default}`"
    if isinstance(default, float) and default.is_integer():
        default = int(default)
    return f"`{yaml.safe_dump(default, default_flow_style=True, width=1000).splitlines()[0]}`"
