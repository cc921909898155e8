from collections.abc import Callable

import numpy as np
import pytest

from bridge.model.engine import Engine
from bridge.offline.evaluation.evaluation import Evaluation, evaluate, rows
from bridge.offline.training.blend import shipped_blend
from bridge.offline.training.corpus import Corpus, Variation, facs_corpus
from bridge.offline.training.targets import full_face


@pytest.fixture
def data() -> Corpus:
    return facs_corpus(200, np.random.default_rng(0), shipped_blend(), Variation())


@pytest.fixture
def constant(known: Callable[..., Engine], data: Corpus) -> Evaluation:
    """A model that frowns in disgust at everything."""
    model = known(lambda points: np.tile(full_face("disgust"), (len(points), 1)))
    return evaluate("constant", model, data)


def missed(evaluation: Evaluation) -> set[str]:
    return {row.what.split(",")[0] for row in rows(evaluation) if row.met is False}


def test_a_perfect_model_meets_every_goal_that_the_targets_meet(
    perfect: Engine, data: Corpus
) -> None:
    evaluation = evaluate("perfect", perfect, data)
    assert evaluation.name == "perfect"
    assert [at.intensity for at in evaluation.recognition] == [0.4, 0.7, 1.0]
    # the targets have edges, which a network rounds off
    assert all(what.startswith("largest change per 0.01 step") for what in missed(evaluation))


def test_a_constant_model_misses_what_it_cannot_do(constant: Evaluation) -> None:
    assert missed(constant) == {
        "shapes within .1 of recordings and artists",
        "smallest distance of two emotions without the silent shapes",
        "GoEmotions' 28 words read as their family",
        "… different faces among the 28",
        "47 measured terms read as people sorted them",
        "mean squared error",
        "emotions read right at 0.4",
        "emotions read right at 0.7",
        "emotions read right at 1",
        "151 terms read as their closest emotion",
        "a key shape reaches at least",
        "… at .5",
        "largest weight at neutral",
    }


def test_every_goal_says_whether_it_is_met_and_nothing_else_does(constant: Evaluation) -> None:
    for row in rows(constant):
        assert (row.met is None) == (row.goal == ""), row.what
        assert row.figure


def test_the_goals_are_those_that_were_set(constant: Evaluation) -> None:
    goals = [row.goal for row in rows(constant) if row.goal]
    assert goals == [
        "at least 80%",
        "at least .5",
        "at least 80%",
        "more than 8",
        "at least 80%",
        "at least 7",
        "8",
        "8",
        "at least 90%",
        "at least 90%",
        "at least 40%",
        "at most .02",
        "at most .9",
        "below .005",
        "at most .05",
        "at least .6",
        "at least .7",
        "at most .000001",
        "at most .03",
        "below both baselines",
    ]


def test_figures_of_people_stand_beside_the_judges_that_are_not_ours(constant: Evaluation) -> None:
    beside = {row.what: row.beside for row in rows(constant) if row.beside}
    assert "people 59%" in beside["emotions read right at 1"]
    assert "F1 .64" in beside["GoEmotions' 28 words read as their family"]
    assert len(beside) == 5


def test_figures_are_written_as_measured(constant: Evaluation) -> None:
    figures = {row.what: row.figure for row in rows(constant)}
    assert figures["emotions read right at 1"] == "1 of 8"
    assert figures["largest weight at neutral"] == "0.800000"
    assert figures["mean squared error"] == f"{constant.errors.mse:.5f}"
    assert figures["… of all zeros"] == f"{constant.errors.all_zero_mse:.5f}"
