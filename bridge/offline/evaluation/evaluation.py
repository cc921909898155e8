"""One model's figures together, beside the goals they are measured against."""

from dataclasses import dataclass
from typing import NamedTuple

from bridge.emotion.names import BASIC_EMOTIONS
from bridge.model.engine import Engine
from bridge.offline.evaluation.measures import (
    INTENSITIES,
    Behaviour,
    Errors,
    Recognition,
    Terms,
    behaviour,
    errors,
    recognition,
    terms,
)
from bridge.offline.training.corpus import Corpus


@dataclass(frozen=True)
class Evaluation:
    """All that is measured of one model."""

    name: str
    errors: Errors
    recognition: tuple[Recognition, ...]
    terms: Terms
    behaviour: Behaviour


class Row(NamedTuple):
    """One figure in words, the goal it has, and whether it is met."""

    what: str
    figure: str
    goal: str = ""
    met: bool | None = None


def evaluate(name: str, model: Engine, data: Corpus) -> Evaluation:
    """Measure a model."""
    return Evaluation(
        name,
        errors(model, data),
        tuple(recognition(model, intensity) for intensity in INTENSITIES),
        terms(model),
        behaviour(model),
    )


def rows(evaluation: Evaluation) -> list[Row]:
    """The figures for people, in the order of the questions they answer."""
    return [
        *_error_rows(evaluation.errors),
        *_reading_rows(evaluation),
        *_behaviour_rows(evaluation.behaviour),
    ]


def _error_rows(found: Errors) -> list[Row]:
    lowest = min(found.constant_mean_mse, found.all_zero_mse)
    return [
        Row("mean squared error", f"{found.mse:.5f}", "below both baselines", found.mse < lowest),
        Row("… of a constant mean face", f"{found.constant_mean_mse:.5f}"),
        Row("… of all zeros", f"{found.all_zero_mse:.5f}"),
        Row("mean |left - right|, not enforced", f"{found.asymmetry:.6f}"),
        Row("… of the data, where shapes take part", f"{found.data_asymmetry:.3f}"),
    ]


def _reading_rows(evaluation: Evaluation) -> list[Row]:
    read = []
    for at in evaluation.recognition:
        goal = 7 if at.intensity < 0.5 else 8
        wanted = f"at least {goal}" if goal < len(BASIC_EMOTIONS) else "8"
        figure = f"{at.hits} of {len(BASIC_EMOTIONS)}"
        read.append(
            Row(f"emotions read right at {at.intensity:g}", figure, wanted, at.hits >= goal)
        )
    share = evaluation.terms.share
    return [
        *read,
        Row(
            "151 terms read as their closest emotion, by direction",
            f"{share:.1%}",
            "at least 90%",
            share >= 0.9,
        ),
        Row("… by distance", f"{evaluation.terms.share_by_distance:.1%}"),
    ]


def _behaviour_rows(found: Behaviour) -> list[Row]:
    shape, point = found.largest_change_at
    at = ", ".join(f"{axis:+.2f}" for axis in point)
    return [
        Row(
            "a key shape falls back by at most, as intensity grows",
            f"{found.largest_decrease:.4f}",
            "at most .02",
            found.largest_decrease <= 0.02,
        ),
        Row(
            "largest weight at neutral",
            f"{found.largest_at_neutral:.3f}",
            "at most .05",
            found.largest_at_neutral <= 0.05,
        ),
        Row(
            f"largest change per 0.01 step ({shape} at {at})",
            f"{found.largest_change:.4f}",
            "at most .03",
            found.largest_change <= 0.03,
        ),
        *(Row(f"{pair}, anywhere", f"{most:.3f}") for pair, most in found.impossible.items()),
        Row("mouthClose above jawOpen, anywhere", f"{found.mouth_closed_above_jaw:.3f}"),
        Row(
            "smallest distance between two emotions' faces",
            f"{found.smallest_distance:.2f} (mean {found.mean_distance:.2f})",
        ),
        Row(
            "largest gaze shape, but for lowered eyes in sadness",
            f"{found.largest_gaze:.3f}",
            "at most .05",
            found.largest_gaze <= 0.05,
        ),
        Row(
            "largest weight at full intensity",
            f"{found.largest_peak:.2f}",
            "at most .9",
            found.largest_peak <= 0.9,
        ),
    ]
