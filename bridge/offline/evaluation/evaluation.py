"""One model's figures together, beside their goals and beside what people reach."""

from dataclasses import dataclass
from typing import NamedTuple

from bridge.emotion.names import BASIC_EMOTIONS
from bridge.model.engine import Engine
from bridge.offline.evaluation.behaviour import Behaviour, behaviour
from bridge.offline.evaluation.judges import (
    IDLE,
    Agreement,
    Separation,
    Words,
    agreement,
    separation,
    words,
)
from bridge.offline.evaluation.measures import (
    INTENSITIES,
    Errors,
    Recognition,
    Terms,
    errors,
    recognition,
    terms,
)
from bridge.offline.training.corpus import Corpus


@dataclass(frozen=True)
class Evaluation:
    """Everything that is measured of one model."""

    name: str
    errors: Errors
    recognition: tuple[Recognition, ...]
    terms: Terms
    behaviour: Behaviour
    agreement: Agreement
    separation: Separation
    words: Words


class Row(NamedTuple):
    """One figure, the goal it has and whether it is met, and what people or others reach."""

    what: str
    figure: str
    goal: str = ""
    met: bool | None = None
    beside: str = ""


def evaluate(name: str, model: Engine, data: Corpus) -> Evaluation:
    """Measure a model."""
    return Evaluation(
        name,
        errors(model, data),
        tuple(recognition(model, intensity) for intensity in INTENSITIES),
        terms(model),
        behaviour(model),
        agreement(model),
        separation(model),
        words(model),
    )


def rows(evaluation: Evaluation) -> list[Row]:
    """The figures for people, in the order of the questions they answer."""
    return [
        *_judged_rows(evaluation),
        *_reading_rows(evaluation),
        *_target_rows(evaluation.behaviour),
        *_movement_rows(evaluation.behaviour),
        *_error_rows(evaluation.errors),
    ]


def _judged_rows(evaluation: Evaluation) -> list[Row]:
    agreed, apart, read = evaluation.agreement, evaluation.separation, evaluation.words
    return [
        Row(
            "shapes within .1 of recordings and artists",
            f"{agreed.share:.0%}",
            "at least 80%",
            agreed.share >= 0.8,
        ),
        Row(
            "… mean gap to them",
            f"{agreed.mean_gap:.3f}",
            beside=f"they differ by {agreed.spread:.2f} among themselves",
        ),
        Row(
            "smallest distance of two emotions without the silent shapes",
            f"{apart.smallest:.2f} ({', '.join(apart.smallest_of)}; mean {apart.mean:.2f})",
            "at least .5",
            apart.smallest >= 0.5,
            f"a resting face moves {IDLE:.2f} by itself",
        ),
        Row(
            "GoEmotions' 28 words read as their family",
            f"{read.goemotions:.1%}",
            "at least 80%",
            read.goemotions >= 0.8,
            "a text classifier: F1 .64 over these families (Demszky et al. 2020)",
        ),
        Row(
            "… different faces among the 28",
            f"{read.goemotions_faces}",
            "more than 8",
            read.goemotions_faces > len(BASIC_EMOTIONS),
        ),
        Row(
            f"{read.sorted_by_people_count} measured terms read as people sorted them",
            f"{read.sorted_by_people:.1%}",
            "at least 80%",
            read.sorted_by_people >= 0.8,
            "sorted by 100 students (Shaver et al. 1987)",
        ),
    ]


def _reading_rows(evaluation: Evaluation) -> list[Row]:
    read = []
    for at in evaluation.recognition:
        goal = 7 if at.intensity < 0.5 else 8
        wanted = f"at least {goal}" if goal < len(BASIC_EMOTIONS) else "8"
        figure = f"{at.hits} of {len(BASIC_EMOTIONS)}"
        read.append(
            Row(
                f"emotions read right at {at.intensity:g}",
                figure,
                wanted,
                at.hits >= goal,
                "on recorded faces: people 59%, this judge 68% (10.3390/s26031060)"
                if at.intensity == 1
                else "",
            )
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


def _target_rows(found: Behaviour) -> list[Row]:
    return [
        Row(
            "a key shape reaches at least, of its target, at 1",
            f"{found.reached_in_full:.1%}",
            "at least 90%",
            found.reached_in_full >= 0.9,
        ),
        Row(
            "… at .5",
            f"{found.reached_by_half:.1%}",
            "at least 40%",
            found.reached_by_half >= 0.4,
        ),
        Row(
            "a key shape falls back by at most, as intensity grows",
            f"{found.largest_decrease:.4f}",
            "at most .02",
            found.largest_decrease <= 0.02,
        ),
        Row(
            "largest weight at full intensity",
            f"{found.largest_peak:.2f}",
            "at most .9",
            found.largest_peak <= 0.9,
        ),
        Row(
            "cheekPuff and tongueOut in the basic emotions",
            f"{found.largest_without_part:.4f}",
            "below .005",
            found.largest_without_part < 0.005,
        ),
        Row(
            "largest gaze shape, except lowered eyes in sadness",
            f"{found.largest_gaze:.3f}",
            "at most .05",
            found.largest_gaze <= 0.05,
        ),
        Row(
            "smallest distance between two emotions' faces",
            f"{found.smallest_distance:.2f} (mean {found.mean_distance:.2f})",
        ),
        Row(
            "the mean of two faces is like each of them (cosine)",
            f"{found.mixture_likeness:.2f} ({', '.join(found.mixture_likeness_of)})",
            "at least .6",
            found.mixture_likeness >= 0.6,
        ),
        Row(
            "… and as large as the smaller one times",
            f"{found.mixture_size:.2f}",
            "at least .7",
            found.mixture_size >= 0.7,
        ),
    ]


def _movement_rows(found: Behaviour) -> list[Row]:
    shape, point = found.largest_change_at
    at = ", ".join(f"{axis:+.2f}" for axis in point)
    return [
        Row(
            "largest weight at neutral",
            f"{found.largest_at_neutral:.6f}",
            "at most .000001",
            found.largest_at_neutral <= 1e-6,
        ),
        Row(
            "largest change per 0.01 step",
            f"{found.largest_change:.4f} ({shape} at {at})",
            "at most .03",
            found.largest_change <= 0.03,
        ),
        *(Row(f"{pair}, anywhere", f"{most:.3f}") for pair, most in found.impossible.items()),
        Row("mouthClose above jawOpen, anywhere", f"{found.mouth_closed_above_jaw:.3f}"),
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
