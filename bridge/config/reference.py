"""The reference of the configuration, `docs/configuration.md`, made from the sections."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, get_args

import yaml

from bridge.config.inputs import InputSection
from bridge.config.json_schema import programs, schemes_by_section
from bridge.config.output_section import OutputSection
from bridge.config.outputs import SCHEMES as OUTPUT_SCHEMES
from bridge.config.reach import ReachSettings
from bridge.config.reading import tagged_sections
from bridge.config.section import Section
from bridge.config.settings import Settings

_INTRODUCTION = """\
# Configuration

Every setting. This page is written by `make docs` from the code that reads them;
`affect-bridge check FILE` validates a file and prints it with every default. For editors there is
[a JSON Schema](configuration.schema.json): one that knows YAML completes, explains and checks a
file whose first line leads there:

```yaml
# yaml-language-server: $schema=docs/configuration.schema.json
```

The column "reload" says what becomes of a change while the bridge runs, when it gets SIGHUP or,
with `watch: true`, when the file changes. What the command line said stays. No frame is lost by any
of them:

- **at once**: it counts from the next frame, and nothing is interrupted;
- **anew**: the input, output or port that it belongs to is opened anew, alone; what an input said
  stays said while its address does;
- **restart**: only a restart applies it, as the log says.
"""

_BEFORE = {
    "inputs": """\
Each input is an address, or an address with settings:

```yaml
inputs:
  - stdin
  - from: osc://127.0.0.1:9130
    priority: 5
    hold: 30
```
""",
    "outputs": """\
Each output is a program by its name or an address, with settings behind `?` or beside it.
[Receivers](receivers.md) says what to click in which program.

```yaml
outputs:
  - vseeface
  - vnyan://192.168.1.20?names=camel
  - to: livelink://127.0.0.1:11111/Face
    every: 2
```
""",
    "interpolation": """\
A kind alone (`interpolation: linear`), or with its settings, which are those of the spring when
they name no kind:

```yaml
interpolation:
  kind: one_euro
  beta: 0.5
```
""",
    "health": """\
An address alone (`health: 127.0.0.1:9464`), or with settings:

```yaml
health:
  at: 127.0.0.1:9464
  grace: 60
```
""",
}
"""What stands at the head of a setting's chapter."""


class Shared(NamedTuple):
    """Settings that many sections have, shown once."""

    section: type[Section]
    heading: str
    about: str = ""

    @property
    def link(self) -> str:
        return f"[{self.heading.lower()}](#{_anchor(self.heading)})"


_SHARED = (
    Shared(InputSection, "Every input"),
    Shared(OutputSection, "Every output"),
    Shared(
        ReachSettings,
        "Reach",
        "Where datagrams are sent unasked, they reach one receiver, or more when told to.",
    ),
)


class Row(NamedTuple):
    """A setting, as it stands in a table."""

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
        reload = self.reload.replace(" ", "&nbsp;")  # or it would be broken in two
        return f"| `{self.setting}` | {description}<br>{takes}; {default} | {reload} |"


def markdown() -> str:
    """The page."""
    return "\n".join(_page()).rstrip() + "\n"


def rows(section: type[Section]) -> dict[str, Row]:
    """Every setting of a section. One that can only say which section it is in is none."""
    schema = section.model_json_schema(by_alias=True)
    required = schema.get("required", ())
    found = {}
    for field, info in section.model_fields.items():
        name = info.alias or field
        told = schema["properties"][name]
        if "const" not in told:
            found[name] = Row(
                name,
                told["description"],
                _takes(name, told),
                "required" if name in required else f"default: {_default(told)}",
                section.on_reload(field),
            )
    return found


def _page() -> Iterator[str]:
    yield _INTRODUCTION
    yield from ("## At the top", "", *_table(rows(Settings).values()))
    for name, info in Settings.model_fields.items():
        if sections := list(sections_in(info.annotation)):
            yield from (f"## {name.title()}", "")
            yield from _chapter(_BEFORE.get(name, ""), sections)


def sections_in(hint: Any) -> Iterator[type[Section]]:
    """The sections that a setting with this type takes."""
    if isinstance(hint, type) and issubclass(hint, Section):
        yield hint
    for part in get_args(hint):
        yield from sections_in(part)


def _chapter(before: str, sections: list[type[Section]]) -> Iterator[str]:
    """A setting that takes one section, or a choice among some."""
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
    """The programs whose names lead to a section."""
    by_name = programs(schemes_by_section(OUTPUT_SCHEMES).get(section, ()))
    if by_name:
        links = ", ".join(f"[`{name}`](receivers.md#{name})" for name in by_name)
        yield from (f"Programs by name: {links}.", "")


def _settings_of(section: type[Section]) -> Iterator[str]:
    """Where the settings stand that others have too, and a table of a section's own."""
    own = rows(section)
    shared = [part for part in _SHARED if issubclass(section, part.section)]
    for part in shared:
        own = {name: row for name, row in own.items() if rows(part.section).get(name) != row}
    if shared:
        links = " and of ".join(part.link for part in shared)
        yield from (f"It takes the settings of {links}{', and these:' if own else '.'}", "")
    yield from _table(own.values()) if own else ()


def _table(found: Iterable[Row]) -> Iterator[str]:
    yield "| setting | what it is; what it takes | reload |"
    yield "|---|---|---|"
    yield from map(str, found)
    yield ""


def _anchor(heading: str) -> str:
    return heading.lower().replace(" ", "-")


def _described(section: type[Section]) -> str:
    return " ".join((section.__doc__ or "").split())


# Values in words


def _takes(name: str, told: Mapping[str, Any]) -> str:
    """What a setting takes, for people."""
    if name in ("from", "to"):
        return "address"
    if "$ref" in str(told):
        return f"[see below](#{_anchor(name)})"
    return _or(dict.fromkeys(_words(told)))


def _words(told: Mapping[str, Any]) -> Iterator[str]:
    """Each kind of value that a piece of JSON Schema takes."""
    kind = told.get("type")
    if "anyOf" in told:
        for choice in told["anyOf"]:
            yield from _words(choice)
    elif "enum" in told:
        yield from (f"`{choice}`" for choice in told["enum"])
    elif "const" in told:
        yield f"`{told['const']}`" if told["const"] is not False else "`off`"
    elif kind == "array":
        yield f"list of {_or(dict.fromkeys(_words(told['items'])))}"
    elif kind != "null":
        yield {
            "boolean": "true or false",
            "integer": "whole number",
            "number": "number",
            "object": "map",
            "string": "file" if "path" in told.get("format", "") else "text",
        }[str(kind)] + _bounds(told)


def _bounds(told: Mapping[str, Any]) -> str:
    low, above, high = (told.get(key) for key in ("minimum", "exclusiveMinimum", "maximum"))
    if "maxLength" in told:
        return f" of {told.get('minLength', 0)} to {told['maxLength']} characters"
    if high is None:
        return ""
    return f" from {low} to {high}" if above is None else f" above {above} up to {high}"


def _or(choices: Iterable[str]) -> str:
    *others, last = choices
    return f"{', '.join(others)} or {last}" if others else last


def _default(told: Mapping[str, Any]) -> str:
    if "default" not in told:
        return "each machine has its own"  # a function makes it
    default = told["default"]
    if default is None:
        return "none"
    if isinstance(default, str) and default:
        return f"`{default}`"
    if isinstance(default, float) and default.is_integer():
        default = int(default)
    return f"`{yaml.safe_dump(default, default_flow_style=True, width=1000).splitlines()[0]}`"
