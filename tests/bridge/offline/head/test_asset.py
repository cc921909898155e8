from pathlib import Path

import numpy as np
import pytest

from bridge.head.head import load_head
from bridge.offline.head import asset
from bridge.offline.head.asset import PIVOT
from bridge.offline.head.piece import Piece
from protocols.arkit import INDEX

CORNERS = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]], float)
FACES = np.array(
    [[0, 2, 4], [2, 1, 4], [1, 3, 4], [3, 0, 4], [2, 0, 5], [1, 2, 5], [3, 1, 5], [0, 3, 5]]
)


def ball(part: str, middle: tuple[float, float, float], radius: float = 0.1) -> Piece:
    positions = PIVOT + middle + radius * CORNERS
    return Piece(part, positions, np.zeros((52, 6, 3)), FACES, np.full((6, 3), 0.5))


def written(tmp_path: Path, *pieces: Piece) -> Path:
    path = tmp_path / "head.safetensors"
    path.write_bytes(asset(pieces))
    return path


def test_what_is_written_is_read_again(tmp_path):
    left, right = ball("left eye", (0.3, 0.6, 0.9)), ball("right eye", (-0.3, 0.6, 0.9))
    left.shapes[INDEX["eyeLookUpLeft"], 4] = (0, 0.05, 0)

    head = load_head(written(tmp_path, left, right))

    assert head.part_names == ("left eye", "right eye")
    assert head.part("right eye").tolist() == [False] * 6 + [True] * 6
    assert head.positions[4] == pytest.approx([0.03, 0.06, 0.1], abs=1e-5)
    assert head.triangles[8:].tolist() == (FACES + 6).tolist()
    assert head.eyes == pytest.approx(np.array([[0.03, 0.06, 0.09], [-0.03, 0.06, 0.09]]), abs=1e-5)
    assert head.shapes[INDEX["eyeLookUpLeft"], 4] == pytest.approx([0, 0.005, 0], abs=2e-5)
    assert np.count_nonzero(head.shapes) == 1
    assert head.colours == pytest.approx(0.5, abs=0.002)


def test_moves_that_nobody_sees_are_left_out(tmp_path):
    eye = ball("skin", (0, 0, 0))
    eye.shapes[0, :, 1] = 0.0019
    eye.shapes[1, :, 1] = 0.01

    head = load_head(written(tmp_path, eye))

    assert not head.shapes[0].any()
    assert (head.shapes[1, :, 1] > 0.0009).all()


def test_a_head_larger_than_the_format_is_refused(tmp_path):
    with pytest.raises(ValueError, match="too large"):
        asset([ball("skin", (0, 0, 0), radius=4)])


def test_the_same_pieces_give_the_same_bytes():
    assert asset([ball("skin", (0, 0, 0))]) == asset([ball("skin", (0, 0, 0))])
