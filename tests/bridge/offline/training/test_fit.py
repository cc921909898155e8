from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from bridge.model import checkpoint
from bridge.model.engine import Engine
from bridge.offline.evaluation.measures import Errors, errors
from bridge.offline.training.blend import shipped_blend
from bridge.offline.training.corpus import Corpus, Variation, facs_corpus
from bridge.offline.training.fit import Training, TrainingError, loss, save_network, steepness
from bridge.offline.training.recipe import Recipe
from protocols.arkit import BLENDSHAPES, PAIRS

PLAIN = Recipe(samples=600, epochs=12, batch=64)
TINY = Recipe(samples=120, epochs=4, batch=64)


def corpus_for(recipe: Recipe) -> Corpus:
    return facs_corpus(
        recipe.samples, np.random.default_rng(recipe.seed), shipped_blend(), Variation()
    )


def trained(recipe: Recipe) -> Training:
    training = Training(recipe, corpus_for(recipe))
    training.run()
    return training


def assert_same_weights(first: Training, second: Training) -> None:
    one, other = first.network.state_dict(), second.network.state_dict()
    assert all(torch.equal(one[name], other[name]) for name in one)


@pytest.fixture(scope="module")
def short_run() -> Training:
    return trained(PLAIN)


@pytest.fixture(scope="module")
def uninterrupted() -> Training:
    return trained(TINY)


@pytest.fixture(scope="module")
def found(short_run: Training) -> Errors:
    state = short_run.network.state_dict()
    model = Engine({name: tensor.numpy() for name, tensor in state.items()})
    return errors(model, short_run.held_out)


def test_training_lowers_the_loss(short_run: Training) -> None:
    history = short_run.history
    assert len(history.training) == len(history.validation) == PLAIN.epochs == short_run.epoch
    assert history.training[-1] < history.training[0] / 3
    assert history.validation[-1] < history.validation[0]


def test_even_a_short_training_beats_the_models_that_know_nothing(found: Errors) -> None:
    assert found.mse < 0.75 * found.constant_mean_mse
    assert found.constant_mean_mse < found.all_zero_mse


def test_symmetry_is_learnt_from_data_that_have_none(found: Errors) -> None:
    assert found.data_asymmetry > 0.1
    assert found.asymmetry < 0.02


def test_a_tenth_of_the_faces_is_kept_apart_and_the_rest_learnt_with_its_mirror_image(
    uninterrupted: Training,
) -> None:
    assert len(uninterrupted.held_out) == 12
    held = {tuple(point) for point in uninterrupted.held_out.points.tolist()}
    everything = {tuple(point) for point in corpus_for(TINY).points.tolist()}
    assert held < everything


def test_the_same_seed_gives_the_same_weights(uninterrupted: Training) -> None:
    again = trained(TINY)
    assert_same_weights(again, uninterrupted)
    assert again.history == uninterrupted.history


def test_another_seed_gives_other_weights(uninterrupted: Training) -> None:
    other = Training(replace(TINY, seed=1, epochs=1), corpus_for(TINY))
    other.run()
    first = uninterrupted.network.state_dict()["layers.12.weight"]
    assert not torch.equal(first, other.network.state_dict()["layers.12.weight"])


@pytest.mark.parametrize("stopped_after", [1, 3])
def test_a_resumed_run_ends_like_one_that_was_never_interrupted(
    uninterrupted: Training, tmp_path: Path, stopped_after: int
) -> None:
    first = Training(TINY, corpus_for(TINY))
    for _ in range(stopped_after):
        first.run_epoch()
    first.save_state(tmp_path / "state.pt")
    torch.manual_seed(999)  # whatever another process did meanwhile
    second = Training(TINY, corpus_for(TINY))
    second.resume(tmp_path / "state.pt")
    assert second.epoch == stopped_after
    second.run()
    assert_same_weights(second, uninterrupted)
    assert second.history == uninterrupted.history


def test_a_state_of_other_targets_is_refused(tmp_path: Path) -> None:
    Training(TINY, corpus_for(TINY)).save_state(tmp_path / "state.pt")
    other = corpus_for(TINY)
    other.faces[:] *= 0.9
    with pytest.raises(TrainingError, match="or other data"):
        Training(TINY, other).resume(tmp_path / "state.pt")


@pytest.mark.parametrize("change", [{"learning_rate": 0.5}, {"epochs": 9}, {"samples": 100}])
def test_a_state_of_another_run_is_refused(tmp_path: Path, change: dict[str, float]) -> None:
    Training(TINY, corpus_for(TINY)).save_state(tmp_path / "state.pt")
    other = replace(TINY, **change)
    with pytest.raises(TrainingError, match="with other settings or other data"):
        Training(other, corpus_for(other)).resume(tmp_path / "state.pt")


def test_a_missing_or_broken_state_is_refused(tmp_path: Path) -> None:
    training = Training(TINY, corpus_for(TINY))
    (tmp_path / "text.pt").write_text("no state")
    torch.save([1, 2], tmp_path / "list.pt")
    torch.save({"epoch": 3}, tmp_path / "foreign.pt")
    for name in ("none.pt", "text.pt", "list.pt", "foreign.pt"):
        with pytest.raises(TrainingError, match=name):
            training.resume(tmp_path / name)


def test_the_function_given_is_called_after_every_epoch() -> None:
    seen: list[int] = []
    recipe = replace(TINY, epochs=2)
    Training(recipe, corpus_for(recipe)).run(lambda training: seen.append(training.epoch))
    assert seen == [1, 2]


def test_a_loss_that_is_no_number_ends_the_run() -> None:
    corpus = corpus_for(TINY)
    corpus.faces[:] = np.nan
    with pytest.raises(TrainingError, match="diverges"):
        Training(TINY, corpus).run()


def test_a_loss_that_grows_ends_the_run_with_advice() -> None:
    training = Training(replace(TINY, dropout=0.0), corpus_for(TINY))
    training.run_epoch()
    with torch.no_grad():
        training.network.layers[-1].weight *= 50.0
    with pytest.raises(TrainingError, match=r"diverges.*smaller learning rate"):
        training.run_epoch()


@pytest.mark.parametrize("count", [0, 1, 9])
def test_too_few_faces_are_refused(count: int) -> None:
    some = corpus_for(TINY)
    with pytest.raises(TrainingError, match=f"{count} faces are too few"):
        Training(TINY, Corpus(some.points[:count], some.faces[:count]))


def test_a_trained_network_is_saved_with_its_recipe_and_metrics(
    uninterrupted: Training, tmp_path: Path
) -> None:
    path = tmp_path / "weights.safetensors"
    save_network(path, uninterrupted.network, TINY, {"data": "facs"}, {"mse": 0.5})
    arrays, header = checkpoint.load(path)
    for name, tensor in uninterrupted.network.state_dict().items():
        assert torch.equal(torch.from_numpy(arrays[name]), tensor)
    assert header.training["data"] == "facs"
    assert header.training["recipe"]["samples"] == 120
    assert header.training["metrics"] == {"mse": 0.5}


def face(**weights: float) -> torch.Tensor:
    made = torch.zeros(1, 52)
    for name, weight in weights.items():
        made[0, BLENDSHAPES.index(name)] = weight
    return made


def test_a_face_with_unlike_sides_costs_more() -> None:
    smile = face(mouthSmileLeft=1.0)
    # right on target, so what remains is 2 × (1 squared difference among 20 pairs), and sparsity
    assert loss(smile, smile, Recipe()).item() == pytest.approx(2 / 20 + 1e-4 / 52)
    assert loss(smile, smile, Recipe(symmetry_weight=0, sparsity_weight=0)).item() == 0


def test_the_loss_of_a_small_and_of_a_large_difference() -> None:
    only_error = Recipe(symmetry_weight=0, sparsity_weight=0)
    # Smooth L1: half the square below 1, the difference less one half above it; mean of 52.
    small = loss(face(jawOpen=0.5), face(jawOpen=0.1), only_error)
    assert small.item() == pytest.approx(0.5 * 0.4**2 / 52)
    large = loss(face(jawOpen=3.0), face(jawOpen=0.5), only_error)
    assert large.item() == pytest.approx((2.5 - 0.5) / 52)


def test_the_loss_is_the_sum_of_its_three_parts() -> None:
    output, target = face(mouthSmileLeft=0.5, mouthSmileRight=0.1), face(mouthSmileLeft=0.3)
    error = (0.5 * 0.2**2 + 0.5 * 0.1**2) / 52
    asymmetry = (0.5 - 0.1) ** 2 / 20
    sparsity = (0.5 + 0.1) / 52
    recipe = Recipe(symmetry_weight=3.0, sparsity_weight=0.25)
    expected = error + 3.0 * asymmetry + 0.25 * sparsity
    assert loss(output, target, recipe).item() == pytest.approx(expected)


def test_below_zero_costs_nothing_where_nothing_is_shown_and_as_usual_elsewhere() -> None:
    recipe = Recipe(symmetry_weight=0, sparsity_weight=0)
    assert loss(face(jawOpen=-0.5), face(), recipe).item() == 0
    below = loss(face(jawOpen=-0.5), face(jawOpen=0.1), recipe)
    assert below.item() == pytest.approx(0.5 * 0.6**2 / 52)


@pytest.mark.parametrize(("steepest", "cost"), [(3.0, 0.0), (2.5, 0.5**2 / 52), (1.0, 2.0**2 / 52)])
def test_only_what_is_steeper_than_allowed_costs(steepest: float, cost: float) -> None:
    recipe = Recipe(steepest=steepest, steepness_weight=2.0)
    # jawOpen changes by 3 for each unit, over a step of .02
    found = steepness(face(jawOpen=0.5), face(jawOpen=0.56), recipe)
    assert found.item() == pytest.approx(2.0 * cost, abs=1e-5)


def test_what_the_clamp_hides_is_not_steep() -> None:
    strict = Recipe(steepest=0.0, steepness_weight=2.0)
    assert steepness(face(jawOpen=-0.5), face(jawOpen=-0.1), strict).item() == 0
    assert steepness(face(jawOpen=1.5), face(jawOpen=1.1), strict).item() == 0


def test_a_network_rests_at_neutral_and_has_equal_sides_when_training_ends(
    uninterrupted: Training,
) -> None:
    with torch.no_grad():
        assert not uninterrupted.network(torch.zeros(1, 3)).any()
        faces = uninterrupted.network(torch.from_numpy(uninterrupted.held_out.points))
    assert faces.any()
    for left, right in PAIRS:
        assert torch.equal(faces[:, left], faces[:, right])


def test_sides_need_not_be_tied(uninterrupted: Training) -> None:
    free = trained(replace(TINY, tie=False))
    with torch.no_grad():
        faces = free.network(torch.from_numpy(free.held_out.points))
    assert any((faces[:, left] != faces[:, right]).any() for left, right in PAIRS)
