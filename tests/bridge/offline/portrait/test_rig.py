import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from bridge.offline.portrait import portrait_rig
from bridge.offline.portrait.rig import Path
from protocols.arkit import BLENDSHAPES, INDEX, PAIRS

Floats = NDArray[np.float64]

HIDDEN = 0.8
"""An overlap that nobody sees, because the line between the lips or the lashes cover it."""

faces = arrays(np.float64, 52, elements=st.floats(0, 1, width=32))


def face(**weights: float) -> Floats:
    """A face from weights; a shape without a side means both sides alike."""
    values = np.zeros(52)
    for name, weight in weights.items():
        for side in ("", "Left", "Right"):
            if name + side in INDEX:
                values[INDEX[name + side]] = weight
    return values


def pose(weights: Floats) -> dict[str, Floats]:
    return {path.name: points for path, points in portrait_rig().pose(weights)}


def mirrored(weights: Floats) -> Floats:
    swapped = weights.copy()
    for left, right in PAIRS:
        swapped[left], swapped[right] = weights[right], weights[left]
    return swapped


def same_outline(one: Floats, other: Floats) -> bool:
    """Whether two outlines have the same control points, wherever they begin."""
    distances = np.abs(one[:, None] - other[None]).max(axis=2)
    return bool(distances.min(axis=0).max() < 1e-9 and distances.min(axis=1).max() < 1e-9)


def test_at_rest_every_path_lies_where_it_was_drawn() -> None:
    at_rest = pose(np.zeros(52))
    for path in portrait_rig().paths:
        np.testing.assert_array_equal(at_rest[path.name], path.rest)


@given(faces)
def test_a_mirrored_face_is_drawn_as_the_mirror_image(weights: Floats) -> None:
    there, here = pose(weights), pose(mirrored(weights))
    for name, points in there.items():
        partner = name
        if name.endswith("Left"):
            partner = name.removesuffix("Left") + "Right"
        elif name.endswith("Right"):
            partner = name.removesuffix("Right") + "Left"
        assert same_outline(points * [-1, 1], here[partner]), name


@given(faces, st.floats(0, 1))
def test_half_the_intensity_moves_every_point_half_as_far(weights: Floats, share: float) -> None:
    at_rest, full, partial = pose(np.zeros(52)), pose(weights), pose(weights * share)
    for name in at_rest:
        expected = at_rest[name] + share * (full[name] - at_rest[name])
        np.testing.assert_allclose(partial[name], expected, atol=1e-9)


@given(faces)
def test_displacements_add_up_and_combinations_bring_their_own(weights: Floats) -> None:
    drawn = pose(weights)
    for path in portrait_rig().paths:
        expected = path.rest.copy()
        for names, move in path.moves.items():
            expected += min(weights[INDEX[name]] for name in names.split("+")) * move
        np.testing.assert_allclose(drawn[path.name], expected, atol=1e-9)


def test_the_characters_left_is_the_viewers_right() -> None:
    at_rest, winking = pose(np.zeros(52)), pose(face(eyeBlinkLeft=1))
    assert at_rest["lashLeft"][:, 0].min() > 0
    assert not np.allclose(at_rest["lashLeft"], winking["lashLeft"])
    np.testing.assert_array_equal(at_rest["lashRight"], winking["lashRight"])


def test_a_mouth_is_shut_by_as_much_mouth_close_as_jaw_open() -> None:
    def opening(weights: Floats) -> float:
        points = pose(weights)["mouth"]
        return float(np.ptp(points[np.abs(points[:, 0]) < 5, 1]))

    assert opening(face(jawOpen=1)) > 20
    for weight in (0.3, 1.0):
        assert opening(face(jawOpen=weight, mouthClose=weight)) < 1


@pytest.mark.parametrize("name", BLENDSHAPES)
def test_lips_do_not_pass_through_each_other(name: str) -> None:
    # The mouth runs along the upper lip to the corner, the 13th point, and back along the lower.
    points = pose(face(**{name: 1.0}))["mouth"]
    upper, lower = points[:13], points[:11:-1]
    assert (lower[:, 1] - upper[:, 1] > -HIDDEN).all()


@pytest.mark.parametrize("name", [n for n in BLENDSHAPES if n.startswith("eye")])
def test_lids_do_not_pass_through_each_other(name: str) -> None:
    drawn = pose(face(**{name: 1.0}))
    for side in ("Left", "Right"):
        upper = drawn[f"upperLid{side}"][[3, 6, 9], 1]
        lower = drawn[f"lowerLid{side}"][[3, 6, 9], 1]
        assert (lower - upper > -HIDDEN).all()


@pytest.mark.parametrize("lifting", ["eyeSquint", "cheekSquint", "eyeLookDown"])
def test_a_closed_eye_stays_closed_whatever_else_its_lids_do(lifting: str) -> None:
    drawn = pose(face(eyeBlink=1, **{lifting: 1.0}))
    upper, lower = drawn["upperLidLeft"][6, 1], drawn["lowerLidLeft"][6, 1]
    assert -0.1 < upper - lower < 1.0


def test_a_clip_is_drawn_before_what_it_clips() -> None:
    seen: set[str] = set()
    for path in portrait_rig().paths:
        assert path.clip is None or path.clip in seen
        seen.add(path.name)
    assert len(seen) == len(portrait_rig().paths)


def test_the_description_is_enough_to_draw_the_face() -> None:
    weights = np.random.default_rng(1).uniform(size=52)
    rig = json.loads(json.dumps(portrait_rig().description()))

    # What another language has to do, word for word.
    driven = dict(zip(BLENDSHAPES, weights.tolist(), strict=True))
    for names in rig["combinations"]:
        driven[names] = min(driven[name] for name in names.split("+"))
    for path, points in zip(rig["paths"], pose(weights).values(), strict=True):
        coordinates = list(path["points"])
        for name, move in path["moves"].items():
            for i, distance in enumerate(move):
                coordinates[i] += driven[name] * distance
        np.testing.assert_allclose(coordinates, points.ravel(), atol=0.1)


def test_the_description_names_only_what_exists() -> None:
    rig = portrait_rig().description()
    assert set(rig) == {"view", "combinations", "paths"}
    drivers = {*BLENDSHAPES, *portrait_rig().combinations}
    for path in portrait_rig().paths:
        assert set(path.moves) <= drivers
        assert len(path.rest) % 3 == 1
    assert {name for path in portrait_rig().paths for name in path.moves} == drivers


@pytest.mark.parametrize("weights", [np.zeros(51), np.zeros((1, 52)), 0.5])
def test_another_number_of_weights_is_refused(weights: Floats) -> None:
    with pytest.raises(ValueError, match="needs 52 weights"):
        pose(weights)


def test_weights_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        pose(face(jawOpen=float("nan")))


def test_a_path_without_colours_is_not_painted() -> None:
    assert not Path("clip", np.zeros((4, 2)), {}).painted
    assert Path("line", np.zeros((4, 2)), {}, stroke="#000000").painted
