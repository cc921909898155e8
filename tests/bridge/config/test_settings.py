import pytest
from pydantic import ValidationError

from bridge.config.inputs import StdinSection
from bridge.config.outputs import DIALECT_SECTIONS
from bridge.config.settings import Settings


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
