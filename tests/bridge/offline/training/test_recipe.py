from bridge.offline.training.recipe import Recipe


def test_the_defaults_are_the_numbers_that_the_reference_states() -> None:
    recipe = Recipe()
    assert recipe.learning_rate == 1e-3
    assert recipe.weight_decay == 1e-4
    assert recipe.epochs == 100
    assert recipe.symmetry_weight == 2.0
    assert recipe.sparsity_weight > 0
    assert 0 <= recipe.dropout < 1
