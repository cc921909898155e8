"""Files are recognised by their content, and what people mistake for a model is named."""

import io
import json
import pickle
import re
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from bridge.model import checkpoint
from bridge.model.file_kind import FileKind, file_kind
from bridge.model.layers import CheckpointError

Arrays = dict[str, NDArray[np.float32]]

LFS_POINTER = (
    b"version https://git-lfs.github.com/spec/v1\n"
    b"oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\n"
    b"size 1117392\n"
)


def tar() -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("best_model.pt"))
    return held.getvalue()


def zipped(*names: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name in names:
            archive.writestr(name, "content")
    return held.getvalue()


@pytest.mark.parametrize("name", ["a.pth.tar", "a.pkl", "a", "a.safetensors", "a.pt"])
@pytest.mark.parametrize("new_form", [True, False])
def test_a_pytorch_file_is_recognised_whatever_its_name(
    tmp_path: Path, name: str, new_form: bool
) -> None:
    torch.save({"a": torch.zeros(3)}, tmp_path / name, _use_new_zipfile_serialization=new_form)
    assert file_kind(tmp_path / name) is FileKind.PYTORCH


@pytest.mark.parametrize("name", ["a.safetensors", "a", "a.pt", "a.bin"])
def test_a_safetensors_file_is_recognised_whatever_its_name(
    tmp_path: Path, random_arrays: Callable[[int], Arrays], name: str
) -> None:
    checkpoint.save(tmp_path / name, random_arrays(0), checkpoint.Header())
    assert file_kind(tmp_path / name) is FileKind.SAFETENSORS


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "the file is empty"),
        (b"\x10\0\0", "the file is incomplete (it has only 3 bytes)"),
        (LFS_POINTER, "this is a Git LFS pointer, not the model; run `git lfs pull`"),
        (b"<!DOCTYPE html><html>404</html>", "this is an HTML page, not a model"),
        (b"\xef\xbb\xbf\r\n <html lang='en'>", "this is an HTML page, not a model"),
        (tar(), "this is a tar archive; unpack it first"),
        (b"\x1f\x8b\x08" + bytes(20), "this is a gzip archive; unpack it first"),
        (zipped("best_model.pt", "read.me"), "this is a zip archive, not a PyTorch file"),
        (zipped("m/data.pkl", "m/constants.pkl"), "this is a TorchScript file"),
        (b"valence,arousal,dominance\n", "neither a safetensors nor a PyTorch file"),
        (
            (16).to_bytes(8, "little") + b"{}",
            "the file is incomplete (its header has 16 bytes, the file 10)",
        ),
    ],
)
@pytest.mark.parametrize("name", ["best_model.pt", "best_model.safetensors"])
def test_what_is_not_a_model_is_named(tmp_path: Path, content: bytes, told: str, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=re.escape(f"{path}: {told}")):
        file_kind(path)


def test_a_cut_pytorch_file_is_called_incomplete(tmp_path: Path) -> None:
    path = tmp_path / "best_model.pt"
    torch.save({"a": torch.zeros(3000)}, path)
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(CheckpointError, match=r"the file is incomplete .* copy it again"):
        file_kind(path)


def test_a_cut_safetensors_file_is_called_incomplete_with_both_sizes(
    tmp_path: Path, random_arrays: Callable[[int], Arrays]
) -> None:
    path = tmp_path / "face.safetensors"
    checkpoint.save(path, random_arrays(0), checkpoint.Header())
    whole = path.stat().st_size
    path.write_bytes(path.read_bytes()[:500_000])
    with pytest.raises(CheckpointError, match=f"it has 500000 of {whole} bytes"):
        file_kind(path)


@pytest.mark.parametrize(
    "header",
    [b"{", b"[]", b'{"a": 5}', b'{"a": {"data_offsets": [0]}}', b"{" * 100_000],
)
def test_a_broken_header_is_left_to_safetensors(tmp_path: Path, header: bytes) -> None:
    path = tmp_path / "face.safetensors"
    header = b"{" + header[1:] if header[:1] == b"[" else header
    path.write_bytes(len(header).to_bytes(8, "little") + header)
    assert file_kind(path) is FileKind.SAFETENSORS
    with pytest.raises(CheckpointError, match="not a readable safetensors file"):
        checkpoint.load(path)


def test_a_plain_pickle_counts_as_pytorch_and_is_refused_by_its_reader(tmp_path: Path) -> None:
    path = tmp_path / "best_model.pkl"
    path.write_bytes(pickle.dumps({"epoch": 3}, protocol=2))
    assert file_kind(path) is FileKind.PYTORCH


def test_a_folder_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="this is a folder"):
        file_kind(tmp_path)
    with pytest.raises(CheckpointError, match="no such file"):
        file_kind(tmp_path / "none.pt")


def test_the_length_is_taken_from_the_tensors_alone(tmp_path: Path) -> None:
    header = json.dumps({"__metadata__": {"data_offsets": "no"}}).encode()
    path = tmp_path / "face.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header)
    assert file_kind(path) is FileKind.SAFETENSORS


def test_a_header_whose_length_looks_like_a_pickle_is_safetensors(tmp_path: Path) -> None:
    path = tmp_path / "face.safetensors"
    header = b'{"__metadata__":{}}'.ljust(0x0480)
    path.write_bytes(len(header).to_bytes(8, "little") + header)
    assert path.read_bytes()[:2] == pickle.dumps(None, protocol=4)[:2]
    assert file_kind(path) is FileKind.SAFETENSORS
