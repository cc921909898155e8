from collections.abc import Callable

import pytest
from pydantic import ValidationError

from bridge.config.outputs import DIALECT_SECTIONS
from bridge.config.settings import Settings
from bridge.config.standard_input import StdinSection

Read = Callable[[str], Settings]
Mistakes = Callable[[str], list[str]]


def test_with_nothing_said_stdin_comes_in_and_vmc_goes_out() -> None:
    settings = Settings()
    assert settings.fps == 60
    assert settings.symmetry == 1
    assert settings.model is None
    [source] = settings.inputs
    assert isinstance(source, StdinSection)
    assert source.hold == "forever"
    [output] = settings.outputs
    assert isinstance(output, DIALECT_SECTIONS["vmc"])
    assert (output.address.host, output.address.port) == ("127.0.0.1", 39539)
    assert (output.names, output.bundle, output.stream, output.every) == ("pascal", True, "main", 1)


def test_the_interpolation_is_a_spring_by_default() -> None:
    movement = Settings().interpolation.model_dump()
    assert movement == {"kind": "spring", "onset": 0.12, "release": 0.35}


@pytest.mark.parametrize("kind", ["spring", "exponential", "linear", "one_euro", "none"])
def test_an_interpolation_may_be_named_alone_or_with_settings(kind: str) -> None:
    short = Settings.model_validate({"interpolation": kind})
    long = Settings.model_validate({"interpolation": {"kind": kind}})
    assert short == long
    assert short.interpolation.kind == kind


def test_interpolation_settings_without_a_kind_belong_to_the_spring() -> None:
    movement = Settings.model_validate({"interpolation": {"onset": 0.06}}).interpolation
    assert movement.model_dump() == {"kind": "spring", "onset": 0.06, "release": 0.35}


@pytest.mark.parametrize("fps", [0, 0.99, 240.01, -60])
def test_a_frame_rate_outside_1_to_240_is_refused(fps: float) -> None:
    with pytest.raises(ValidationError, match="fps"):
        Settings(fps=fps)


@pytest.mark.parametrize("fps", [1, 23.976, 240])
def test_a_frame_rate_from_1_to_240_is_accepted(fps: float) -> None:
    assert Settings(fps=fps).fps == fps


def _properties(schema: dict[str, object]) -> list[tuple[str, dict[str, object]]]:
    sections = [schema, *schema["$defs"].values()]  # type: ignore[attr-defined]
    return [
        (f"{section['title']}.{name}", field)
        for section in sections
        for name, field in section["properties"].items()
    ]


def test_every_setting_is_described() -> None:
    properties = _properties(Settings.model_json_schema())
    assert len(properties) > 40
    assert [name for name, field in properties if not field.get("description")] == []


def test_every_number_has_bounds() -> None:
    low, high = {"minimum", "exclusiveMinimum"}, {"maximum", "exclusiveMaximum"}
    unbounded = [
        name
        for name, field in _properties(Settings.model_json_schema())
        if field.get("type") in {"number", "integer"}
        and "enum" not in field
        and not (low & field.keys() and high & field.keys())
    ]
    assert unbounded == []


@pytest.mark.parametrize(
    ("text", "listed"),
    [
        ("outputs: vseeface", "outputs: [vseeface]"),
        ("inputs: demo", "inputs: [demo]"),
        ("outputs: {to: 'vmc://h', every: 2}", "outputs: [{to: 'vmc://h', every: 2}]"),
        ("inputs:\n  from: osc://h:9\n  hold: 3\n", "inputs: [{from: 'osc://h:9', hold: 3}]"),
    ],
)
def test_one_input_or_output_needs_no_list(read: Read, text: str, listed: str) -> None:
    assert read(text) == read(listed)


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("fps: 30\noutputs: vcm\n", "2: outputs: 'vcm': did you mean vmc?"),
        (
            "outputs:\n  to: vmc://h\n  evry: 2\n",
            "3: outputs.evry: no such setting; did you mean every?",
        ),
        (
            "inputs:\n  from: mqtts://h/t\n  tls_ca: /nope\n",
            "3: inputs.tls_ca: '/nope': no such file",
        ),
        ("outputs: 5\n", "1: outputs: 5: expected an address, or a list of addresses"),
        ("inputs:\n", "1: inputs: None: expected an address, or a list of addresses"),
        ("outputs: []\n", "1: outputs: expected at least 1 item"),
    ],
)
def test_a_mistake_in_an_input_or_output_without_a_list_is_reported_with_its_line(
    mistakes: Mistakes, text: str, mistake: str
) -> None:
    [line] = mistakes(text)
    assert line.startswith(mistake)
