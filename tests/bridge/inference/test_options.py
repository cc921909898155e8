"""The options that `predict`, `convert` and `python -m bridge.inference` share."""

import argparse

import pytest

from bridge.inference.options import add_checkpoint, add_feeling, add_prefer_and_leak


@pytest.fixture
def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser()
    add_feeling(parser)
    add_checkpoint(parser)
    add_prefer_and_leak(parser)
    return parser


def test_a_feeling_is_a_name_or_a_point_and_not_both(parser: argparse.ArgumentParser) -> None:
    assert parser.parse_args(["--emotion", "joy"]).emotion == "joy"
    assert parser.parse_args(["--vad", "1", "-0.5", "0"]).vad == [1.0, -0.5, 0.0]
    for wrong in ([], ["--emotion", "joy", "--vad", "1", "0", "0"]):
        with pytest.raises(SystemExit):
            parser.parse_args(wrong)


def test_by_default_the_emotion_is_full_and_the_model_the_built_in_one(
    parser: argparse.ArgumentParser,
) -> None:
    options = parser.parse_args(["--emotion", "joy"])
    assert (options.intensity, options.enforce_symmetry) == (1.0, False)
    assert (options.checkpoint, options.output_order) == (None, "reference")
    assert (options.prefer, options.leak) == (None, None)


@pytest.mark.parametrize("slope", ["x", "-0.1", "1", "nan"])
def test_a_slope_is_a_number_from_0_to_1(
    parser: argparse.ArgumentParser, slope: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert parser.parse_args(["--emotion", "joy", "--leak", "0.2"]).leak == 0.2
    with pytest.raises(SystemExit):
        parser.parse_args(["--emotion", "joy", f"--leak={slope}"])
    assert "expected a number from 0 to 1, such as 0.2" in capsys.readouterr().err
