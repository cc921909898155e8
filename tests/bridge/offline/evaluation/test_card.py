import re
from pathlib import Path

import numpy as np
import pytest

from bridge.cli.evaluate import unseen
from bridge.model import checkpoint
from bridge.model.engine import Engine
from bridge.offline.evaluation.card import BEGIN, END, CardError, with_figures
from bridge.offline.evaluation.evaluation import Evaluation, evaluate, rows
from bridge.offline.training.blend import shipped_blend
from bridge.offline.training.corpus import facs_corpus
from bridge.offline.training.data import load_data

ROOT = Path(__file__).parents[4]
FIRST = ROOT / "tests/bridge/model/fixtures/first_model.safetensors"


@pytest.fixture(scope="module")
def evaluation(perfect: Engine) -> Evaluation:
    data = facs_corpus(100, np.random.default_rng(0), shipped_blend())
    return evaluate("folder/perfect.safetensors", perfect, data)


def test_every_figure_has_a_line_with_a_column_for_each_model(evaluation: Evaluation) -> None:
    card = with_figures(f"{BEGIN}{END}", [evaluation, evaluation])
    lines = [line for line in card.splitlines() if line.startswith("|")]
    assert lines[0] == (
        "| measure | perfect.safetensors | perfect.safetensors | goal | beside it |"
    )
    assert len(lines) == 2 + len(rows(evaluation))
    for line in lines:
        assert line.replace("\\|", "").count("|") == 6  # a bar in a name would be one more cell


def test_the_words_that_cannot_be_told_apart_are_listed(evaluation: Evaluation) -> None:
    card = with_figures(f"{BEGIN}\n{END}", [evaluation])
    assert "confusion and guilt" in card
    assert "embarrassment (fear)" in card


def test_figures_can_be_replaced_again_and_again(evaluation: Evaluation) -> None:
    once = with_figures(f"Before.\n{BEGIN}\n{END}\nAfter.\n", [evaluation])
    assert with_figures(once, [evaluation]) == once
    assert once.startswith("Before.\n")
    assert once.endswith("\nAfter.\n")


@pytest.mark.parametrize("card", ["", BEGIN, END, f"{END} {BEGIN}"])
def test_a_card_without_a_place_for_figures_is_refused(card: str, evaluation: Evaluation) -> None:
    with pytest.raises(CardError, match="no place for figures"):
        with_figures(card, [evaluation])


NUMBER = re.compile(r"\d*\.?\d+")


def test_the_shipped_card_has_the_figures_of_the_shipped_model() -> None:
    card = (ROOT / "docs/model-card.md").read_text(encoding="utf-8")
    arrays = [checkpoint.load(path)[0] for path in (FIRST, checkpoint.BUILTIN)]
    data, _ = load_data("facs", unseen())
    made = with_figures(
        card,
        [
            evaluate(name, Engine(tensors), data)
            for name, tensors in zip((FIRST.name, "shipped"), arrays, strict=True)
        ],
    )
    assert NUMBER.sub("", made) == NUMBER.sub("", card)
    shown, measured = (np.array(NUMBER.findall(text), float) for text in (card, made))
    np.testing.assert_allclose(shown, measured, rtol=0.02, atol=0.002)  # machines round otherwise
