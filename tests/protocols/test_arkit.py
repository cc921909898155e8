"""Names, order, pairs and spellings, against tables typed from the specification."""

import numpy as np
import pytest

from protocols.arkit import (
    BLENDSHAPES,
    GROUPS,
    INDEX,
    PAIRS,
    order_from_reference,
    pascal,
    spelled,
)

WITH_A_LEFT_AND_A_RIGHT = [
    *("browDown", "browOuterUp", "cheekSquint", "eyeBlink", "eyeLookDown", "eyeLookIn"),
    *("eyeLookOut", "eyeLookUp", "eyeSquint", "eyeWide", "jaw", "mouthDimple", "mouthFrown"),
    *("mouth", "mouthLowerDown", "mouthPress", "mouthSmile", "mouthStretch", "mouthUpperUp"),
    "noseSneer",
]

WITHOUT_A_PARTNER = [
    *("browInnerUp", "cheekPuff", "jawForward", "jawOpen", "mouthClose", "mouthFunnel"),
    *("mouthPucker", "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper"),
    "tongueOut",
]


COUNTS = {"brow": 5, "eye": 14, "cheek": 3, "nose": 2, "mouth": 23, "jaw": 4, "tongue": 1}


def test_the_52_names_stand_in_the_order_of_the_reference_model(
    reference_order: list[str],
) -> None:
    assert list(BLENDSHAPES) == reference_order
    assert len(set(BLENDSHAPES)) == 52


def test_each_name_knows_its_place(reference_order: list[str]) -> None:
    assert dict(INDEX) == {name: place for place, name in enumerate(reference_order)}


def test_every_sided_shape_is_paired_with_its_mirror_image(reference_order: list[str]) -> None:
    pairs = [(reference_order[left], reference_order[right]) for left, right in PAIRS]
    assert sorted(pairs) == sorted((f"{s}Left", f"{s}Right") for s in WITH_A_LEFT_AND_A_RIGHT)


def test_the_shapes_in_the_middle_of_the_face_have_no_partner(reference_order: list[str]) -> None:
    paired = {index for pair in PAIRS for index in pair}
    alone = [name for index, name in enumerate(reference_order) if index not in paired]
    assert alone == WITHOUT_A_PARTNER


@pytest.mark.parametrize(
    ("camel", "expected"),
    [("eyeBlinkLeft", "EyeBlinkLeft"), ("jawOpen", "JawOpen"), ("tongueOut", "TongueOut")],
)
def test_pascal_raises_the_first_letter_alone(camel: str, expected: str) -> None:
    assert pascal(camel) == expected


def test_the_spellings_keep_the_reference_order(reference_order: list[str]) -> None:
    assert list(spelled("camel")) == reference_order
    assert list(spelled("pascal")) == [n[0].upper() + n[1:] for n in reference_order]


def test_a_map_renames_what_it_names_and_leaves_the_rest(reference_order: list[str]) -> None:
    names = spelled({"jawOpen": "あ", "eyeBlinkLeft": "まばたき_L"})
    changed = {old: new for old, new in zip(reference_order, names, strict=True) if old != new}
    assert changed == {"jawOpen": "あ", "eyeBlinkLeft": "まばたき_L"}


@pytest.mark.parametrize("usual", ["camel", "pascal"])
def test_what_a_map_does_not_name_keeps_the_usual_spelling(usual: str) -> None:
    names = spelled({"jawOpen": "X"}, usual)
    assert names[INDEX["jawOpen"]] == "X"
    others = [(i, name) for i, name in enumerate(spelled(usual)) if i != INDEX["jawOpen"]]
    assert [(i, names[i]) for i, _ in others] == others


def test_a_list_says_the_spelling_of_what_its_map_does_not_name() -> None:
    names = spelled(["camel", {"jawOpen": "X"}], "pascal")
    assert names == spelled({"jawOpen": "X"}, "camel")
    assert spelled([{"jawOpen": "X"}, "camel"], "pascal") == names


def test_null_leaves_a_shape_out(reference_order: list[str]) -> None:
    names = spelled({"jawOpen": None, "tongueOut": None})
    assert [name for name in names if name is not None] == [
        name for name in reference_order if name not in ("jawOpen", "tongueOut")
    ]
    assert (names[INDEX["jawOpen"]], names[INDEX["tongueOut"]]) == (None, None)


def test_two_spellings_or_two_maps_are_refused() -> None:
    for names in (["camel", "pascal"], [{"jawOpen": "A"}, {"jawLeft": "B"}]):
        with pytest.raises(ValueError, match="the same 52 shapes twice"):
            spelled(names)


def test_a_map_from_a_name_that_arkit_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match='unknown blendshape "JawOpen"; did you mean "jawOpen"'):
        spelled({"JawOpen": "A", "jawLeft": "B"})
    with pytest.raises(ValueError, match=r'unknown blendshape "volume"$'):
        spelled({"volume": None})


def test_an_unknown_spelling_is_refused() -> None:
    with pytest.raises(ValueError, match=r"'snake'.*expected camel, pascal, a map"):
        spelled("snake")


def test_reference_weights_are_put_into_a_dialects_order(live_link_order: list[str]) -> None:
    weights = np.array(BLENDSHAPES)
    assert weights[order_from_reference(live_link_order)].tolist() == live_link_order


@pytest.mark.parametrize("name", ["", "jaw\nOpen", "jawLeft"])
def test_a_name_that_is_empty_unprintable_or_taken_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="used for two shapes"):
        spelled({"jawOpen": name})


def test_each_shape_is_in_one_part_of_the_face(reference_order: list[str]) -> None:
    assert {part: len(shapes) for part, shapes in GROUPS.items()} == COUNTS
    assert sorted(name for shapes in GROUPS.values() for name in shapes) == sorted(reference_order)
