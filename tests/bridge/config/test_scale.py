from collections.abc import Callable

import pytest

from bridge.config.inputs import OscInputSection
from bridge.config.reading import to_yaml
from bridge.config.settings import Settings
from bridge.emotion.scale import Scale, Scales

Read = Callable[[str], Settings]
Mistakes = Callable[[str], list[str]]


@pytest.mark.parametrize(
    ("written", "scales"),
    [
        ("null", Scales()),
        ("[-1, 1]", Scales(*[Scale(-1, 1)] * 3, Scale(0, 1))),
        ("[0, 1]", Scales(*[Scale(0, 1)] * 3, Scale(0, 1))),
        ("[1, 9]", Scales(*[Scale(1, 9)] * 3, Scale(1, 9))),
        ("[-100, 100]", Scales(*[Scale(-100, 100)] * 3, Scale(0, 100))),
        ("{range: [0, 1], neutral: 0.2}", Scales(*[Scale(0, 1, 0.2)] * 3, Scale(0, 1))),
        (
            "{range: [0, 1], invert: true}",
            Scales(*[Scale(0, 1, None, True)] * 3, Scale(0, 1)),
        ),
        ("{arousal: [0, 1]}", Scales(arousal=Scale(0, 1))),
        (
            "{valence: [1, 5], dominance: {range: [0, 10], invert: true}, intensity: [0, 100]}",
            Scales(Scale(1, 5), Scale(), Scale(0, 10, None, True), Scale(0, 100)),
        ),
    ],
)
def test_a_scale_may_be_for_all_axes_or_for_each(read: Read, written: str, scales: Scales) -> None:
    settings = read(f"inputs: [{{from: stdin, scale: {written}}}]")
    assert settings.inputs[0].reading.scales == scales
    assert read(to_yaml(settings)) == settings


def test_a_scale_may_stand_in_an_address(read: Read) -> None:
    [source] = read("inputs: ['osc://:9130?scale=[0,1]&columns=[arousal, valence]']").inputs
    assert isinstance(source, OscInputSection)
    assert source.reading.scales.valence == Scale(0, 1)
    assert source.reading.columns == ("arousal", "valence")


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("[1, 0]", "expected the lower number first"),
        ("[1, 1]", "expected the lower number first"),
        ("[0, 1, 2]", "expected at most 2 items"),
        ("[0]", "expected at least 2 item"),
        ("[a, b]", "valid number"),
        ("[true, 1]", "expected a number"),
        ("7", "expected two numbers, as in [0, 1]"),
        ("{range: [0, 1], neutral: 2}", "neutral 2 is outside the range"),
        ("{neutral: 2}", "range"),
        ("{valance: [0, 1]}", "did you mean valence"),
        ("[0, .inf]", "finite"),
    ],
)
def test_a_scale_that_cannot_be_is_refused(mistakes: Mistakes, written: str, reason: str) -> None:
    found = mistakes(f"inputs:\n  - from: stdin\n    scale: {written}\n")
    assert all(line.startswith("3: inputs[1].scale") for line in found)
    assert reason in found[0]
