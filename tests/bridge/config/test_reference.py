"""The page with every setting is complete and true."""

import html
import re

import pytest
from markdown_it import MarkdownIt

from bridge.config.health import HealthSection
from bridge.config.input_section import SCHEMES as INPUT_SCHEMES
from bridge.config.input_section import InputSection
from bridge.config.output_section import OutputSection
from bridge.config.outputs import SCHEMES as OUTPUT_SCHEMES
from bridge.config.reading import tagged_sections
from bridge.config.receivers import RECEIVERS
from bridge.config.reference import markdown, sections_in
from bridge.config.settings import Settings

PAGE = markdown()
CHAPTERS = dict(re.findall(r"(?ms)^##+ (.*?)\n(.*?)(?=^##|\Z)", PAGE))
SECTIONS = tagged_sections()


def table(chapter: str) -> dict[str, list[str]]:
    """The settings in a chapter's table, each with its description, values, default and reload."""
    row = r"^\| `(\w+)` \| (.*)<br>(.*); (.*) \| (.*) \|$"
    lines = re.findall(row, CHAPTERS[chapter], re.MULTILINE)
    return {
        name: [html.unescape(cell).replace("\xa0", " ") for cell in cells] for name, *cells in lines
    }


def shown(chapter: str) -> dict[str, list[str]]:
    """The settings in a chapter's table and in the tables that it links to."""
    found: dict[str, list[str]] = {}
    for shared in re.findall(r"\]\(#([\w-]+)\)", CHAPTERS[chapter]):
        [heading] = [h for h in CHAPTERS if h.lower().replace(" ", "-") == shared]
        found |= table(heading)
    return found | table(chapter)


@pytest.mark.parametrize("chapter", [*SECTIONS, "Health", "Top level"])
def test_every_setting_of_every_section_stands_there_with_what_the_code_says(chapter: str) -> None:
    section = {**SECTIONS, "Health": HealthSection, "Top level": Settings}[chapter]
    rows = table(chapter) if section is Settings else shown(chapter)
    told = {info.alias or field: field for field, info in section.model_fields.items()}
    assert {*rows, *(["kind"] if chapter.startswith("interpolation") else [])} == told.keys()
    for setting, (what, takes, default, reload) in rows.items():
        assert takes
        assert default
        assert reload == section.on_reload(told[setting])
        assert what
        assert what == section.model_fields[told[setting]].description


def test_every_setting_that_takes_settings_has_a_chapter() -> None:
    for name, info in Settings.model_fields.items():
        if any(sections_in(info.annotation)):
            assert f"](#{name})" in table("Top level")[name][1]
            assert name.title() in CHAPTERS


def test_what_many_sections_have_is_shown_once() -> None:
    assert PAGE.count(str(InputSection.model_fields["hold"].description)) == 1
    assert PAGE.count(str(OutputSection.model_fields["stream"].description)) == 1
    assert PAGE.count("| `reach` |") == 1


@pytest.mark.parametrize(
    ("chapter", "setting", "takes", "default", "reload"),
    [
        ("Top level", "fps", "number from 1 to 240", "`60`", "at once"),
        ("Top level", "symmetry", "number from 0 to 1", "`1`", "at once"),
        ("Top level", "model", "file", "none", "at once"),
        ("Top level", "log_format", "`text` or `json`", "`text`", "at once"),
        ("Top level", "inputs", "[see below](#inputs)", "`[stdin]`", "reopen"),
        ("Every input", "hold", "number above 0 up to 86400 or `forever`", "`forever`", "at once"),
        ("Every input", "from", "address", None, "reopen"),
        ("from stdin", "from", "address", None, "restart"),
        ("from stdin", "hold_at_end", "number above 0 up to 86400", "`2`", "at once"),
        ("from demo", "priority", "whole number from -100 to 100", "`-10`", "at once"),
        ("from osc", "allow", "list of text", "`[127.0.0.0/8, '::1/128']`", "reopen"),
        (
            "from mqtt",
            "client_id",
            "text of 1 to 128 characters",
            "depends on the machine",
            "reopen",
        ),
        ("from mqtt", "qos", "`0`, `1` or `2`", "`1`", "reopen"),
        ("Every output", "receiver", "text", "none", "reopen"),
        ("to osc", "names", "text, map or list of text or map", "`camel`", "reopen"),
        ("to osc", "scale", "`1` or `100`", "`1`", "reopen"),
        ("to vrchat", "listen", "text, whole number or `off`", "`auto`", "reopen"),
        ("to vrchat", "prefix", "text", "`''`", "reopen"),
        ("to mqtt", "every", "whole number from 1 to 240", "`6`", "reopen"),
        ("Health", "grace", "number above 0 up to 86400", "`30`", "reopen"),
    ],
)
def test_what_a_setting_takes_is_said_in_words(
    chapter: str, setting: str, takes: str, default: str | None, reload: str
) -> None:
    said = "required" if default is None else f"default: {default}"
    assert table(chapter)[setting][1:] == [takes, said, reload]


@pytest.mark.parametrize(
    ("listed", "tag"),
    [(tag.split()[0], tag) for tag in SECTIONS if tag.startswith(("from ", "to "))],
)
def test_every_input_and_output_is_introduced_by_an_address_that_works(
    listed: str, tag: str
) -> None:
    key, schemes = {"from": ("inputs", INPUT_SCHEMES), "to": ("outputs", OUTPUT_SCHEMES)}[listed]
    introduction = CHAPTERS[tag].strip().partition("\n")[0]
    addresses = [
        code
        for code in re.findall(r"`([^`]+)`", introduction)
        if schemes.get(re.split("://|(?<=^file):", code)[0]) == tag and not code.endswith("://")
    ]
    assert addresses
    for address in addresses:
        [part] = getattr(Settings.model_validate({key: [address]}), key)
        assert type(part) is SECTIONS[tag]


@pytest.mark.parametrize("name", RECEIVERS)
def test_a_program_s_name_stands_with_the_output_that_it_leads_to(name: str) -> None:
    [output] = Settings.model_validate({"outputs": [name]}).outputs
    chapters = [c for c, text in CHAPTERS.items() if f"[`{name}`](receivers.md#{name})" in text]
    assert [SECTIONS[chapter] for chapter in chapters] == [type(output)]


def test_the_page_is_well_formed_for_who_reads_it_rendered() -> None:
    tokens = MarkdownIt("commonmark").enable("table").parse(PAGE)
    rows = [token for token in tokens if token.type == "tr_open"]
    cells = [token for token in tokens if token.type in ("th_open", "td_open")]
    assert len(rows) > 80
    assert len(cells) == 3 * len(rows)
    inside = [child for token in tokens for child in token.children or ()]
    assert {piece.content for piece in inside if piece.type == "html_inline"} == {"<br>"}
    assert not [token for token in tokens if token.type == "html_block"]
