from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from bridge.offline.portrait.drawing import read_rig
from bridge.offline.portrait.rig import Path
from protocols.arkit import INDEX


def drawing(
    table: Mapping[str, str], *paths: Mapping[str, Any], riders: Mapping[str, str] | None = None
) -> dict[str, Any]:
    return {
        "view": [-10, -10, 20, 20],
        "colours": {"red": "#ff0000"},
        "tables": {"only": table},
        "riders": riders or {},
        "paths": list(paths),
    }


def paths_of(description: Mapping[str, Any]) -> dict[str, Path]:
    return {path.name: path for path in read_rig(description).paths}


def posed(description: Mapping[str, Any], path: str, **weights: float) -> NDArray[np.float64]:
    face = np.zeros(52)
    for name, weight in weights.items():
        face[INDEX[name]] = weight
    return {p.name: points for p, points in read_rig(description).pose(face)}[path]


LINE = {"name": "lid", "line": "a b", "stroke": "red", "width": 1}
EYE = {"points": "a b", "rest": "1,0 4,0", "eyeBlink": ". 0,3"}


def test_a_path_on_one_side_is_drawn_on_both() -> None:
    paths = paths_of(drawing(EYE, LINE))
    assert list(paths) == ["lidLeft", "lidRight"]
    np.testing.assert_allclose(paths["lidLeft"].rest[::3], [[1, 0], [4, 0]])
    np.testing.assert_allclose(paths["lidRight"].rest[::3], [[-1, 0], [-4, 0]])


def test_a_row_without_a_side_moves_each_side_by_its_own_shape() -> None:
    both = drawing(EYE, LINE)
    np.testing.assert_allclose(posed(both, "lidLeft", eyeBlinkLeft=0.5)[-1], [4, 1.5])
    np.testing.assert_allclose(posed(both, "lidRight", eyeBlinkLeft=0.5)[-1], [-4, 0])
    np.testing.assert_allclose(posed(both, "lidRight", eyeBlinkRight=0.5)[-1], [-4, 1.5])


def test_a_point_of_the_midline_is_moved_from_both_sides() -> None:
    table = {"points": "bow end", "rest": "0,0 4,0", "mouthSmile": "1,2 .", "jawOpen": "0,5 ."}
    path = {"name": "lip", "line": "end' bow end", "fill": "red"}
    lip = drawing(table, path)
    assert list(paths_of(lip)) == ["lip"]
    np.testing.assert_allclose(posed(lip, "lip", mouthSmileLeft=1)[3], [1, 2])
    np.testing.assert_allclose(posed(lip, "lip", mouthSmileRight=1)[3], [-1, 2])
    np.testing.assert_allclose(posed(lip, "lip", mouthSmileLeft=1, mouthSmileRight=1)[3], [0, 4])
    np.testing.assert_allclose(posed(lip, "lip", jawOpen=1)[3], [0, 5])


def test_a_direction_is_mirrored_into_the_other_direction() -> None:
    table = {"points": "a b", "rest": "1,0 4,0", "jawLeft": "2,0 2,0"}
    jaw = drawing(table, LINE)
    np.testing.assert_allclose(posed(jaw, "lidLeft", jawLeft=1)[0], [3, 0])
    np.testing.assert_allclose(posed(jaw, "lidRight", jawRight=1)[0], [-3, 0])


def test_a_combination_comes_with_the_smaller_of_its_weights() -> None:
    table = {"points": "a b", "rest": "1,0 4,0", "jawOpen+mouthClose": "0,8 ."}
    mouth = drawing(table, LINE)
    np.testing.assert_allclose(posed(mouth, "lidLeft", jawOpen=1)[0], [1, 0])
    np.testing.assert_allclose(posed(mouth, "lidLeft", jawOpen=1, mouthClose=0.25)[0], [1, 2])


def test_a_rider_keeps_its_distance() -> None:
    path = {"name": "lash", "line": "a top", "stroke": "red"}
    lash = drawing(EYE, path, riders={"top": "b 1,-2"})
    np.testing.assert_allclose(posed(lash, "lashLeft", eyeBlinkLeft=1)[-1], [5, 1])
    np.testing.assert_allclose(posed(lash, "lashRight", eyeBlinkRight=1)[-1], [-5, 1])


def test_a_crease_has_no_width_until_something_folds_it() -> None:
    table = {"points": "a b c", "rest": "1,0 2,0 3,0"}
    path = {"name": "fold", "crease": "a b c", "depths": {"cheekSquint": 2}, "fill": "red"}
    crease = drawing(table, path)
    flat = posed(crease, "foldLeft")
    np.testing.assert_allclose(flat[:7], flat[:5:-1])
    folded = posed(crease, "foldLeft", cheekSquintLeft=1)
    np.testing.assert_allclose(folded[:7], flat[:7])
    np.testing.assert_allclose(folded[9], [2, 2])
    np.testing.assert_allclose(posed(crease, "foldRight", cheekSquintRight=1)[9], [-2, 2])


def test_a_piece_of_a_line_sets_out_from_where_the_last_one_ended() -> None:
    table = {"points": "a b c", "rest": "1,0 4,0 4,3"}
    corner = drawing(table, {"name": "corner", "line": "a b | c", "stroke": "red"})
    expected = [[1, 0], [2, 0], [3, 0], [4, 0], [4, 1], [4, 2], [4, 3]]
    np.testing.assert_allclose(posed(corner, "cornerLeft"), expected)


def test_a_clip_is_that_of_the_same_side_or_that_of_both() -> None:
    socket = {"name": "socket", "circle": "a", "radius": "1,1"}
    iris = {"name": "iris", "circle": "a", "radius": "2,2", "fill": "red", "inside": "socket"}
    paths = paths_of(drawing({**EYE, "points": "a b"}, socket, iris))
    assert paths["irisLeft"].clip == "socketLeft"
    assert paths["irisRight"].clip == "socketRight"
    assert not paths["socketLeft"].painted
    middle = {"points": "a m", "rest": "1,0 0,0"}
    paths = paths_of(drawing(middle, {**socket, "circle": "m"}, iris))
    assert paths["irisLeft"].clip == "socket"


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ({**EYE, "eyeBlinkk": ". 0,1"}, "row eyeBlinkk names no blendshape"),
        ({**EYE, "jawOpen+chew": ". 0,1"}, r"row jawOpen\+chew names no blendshape"),
        ({**EYE, "eyeWide": "0,1"}, "row eyeWide has 1 cells for 2 points"),
        ({**EYE, "points": "a a"}, "two points called a"),
    ],
)
def test_a_mistake_in_a_table_is_named(table: dict[str, str], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        read_rig(drawing(table))
