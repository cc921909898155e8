"""Models from the hub, without the hub: a cache folder as huggingface_hub lays it out."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from bridge.model import checkpoint
from bridge.model.hub import fetch
from bridge.model.layers import CheckpointError
from bridge.model.loading import load_checkpoint

Arrays = dict[str, NDArray[np.float32]]

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and no network."""
    constants = pytest.importorskip("huggingface_hub.constants", reason="needs huggingface_hub")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    return tmp_path


@pytest.fixture
def cached(cache: Path) -> Callable[[str], Path]:
    """Puts an empty file of `someone/face` into the cache, as a download would."""

    def put(name: str) -> Path:
        repository = cache / "models--someone--face"
        (repository / "refs").mkdir(parents=True, exist_ok=True)
        (repository / "refs" / "main").write_text(COMMIT)
        path = repository / "snapshots" / COMMIT / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        return path

    return put


def test_without_network_and_cache_it_says_so(cache: Path) -> None:
    address = "hf://karie666666/vad-to-blendshape"
    told = f"{address}: the hub cannot be reached, and the file is not in the local cache"
    with pytest.raises(CheckpointError, match=re.escape(told)):
        fetch(address)


@pytest.mark.parametrize(
    "name", ["best_model.safetensors", "model.safetensors", "best_model.pt", "model.pt"]
)
def test_a_cached_file_of_any_usual_name_is_found_without_network(
    cached: Callable[[str], Path], name: str
) -> None:
    path = cached(name)
    assert fetch("hf://someone/face") == path


@pytest.mark.parametrize(
    "address",
    [
        "hf://someone/face/other.pt",
        "hf://someone/face@main/other.pt",
        f"hf://someone/face@{COMMIT}/other.pt",
    ],
)
def test_a_cached_file_is_found_by_name_and_revision(
    cached: Callable[[str], Path], address: str
) -> None:
    path = cached("other.pt")
    assert fetch(address) == path


def test_a_file_in_a_folder_of_the_repository_is_found(cached: Callable[[str], Path]) -> None:
    path = cached("weights/new.pt")
    assert fetch("hf://someone/face/weights/new.pt") == path


def test_another_revision_than_the_cached_one_is_not_taken_for_it(
    cached: Callable[[str], Path],
) -> None:
    cached("best_model.safetensors")
    with pytest.raises(CheckpointError, match="cannot be reached"):
        fetch("hf://someone/face@v2")


def test_a_cached_model_loads(
    cached: Callable[[str], Path], random_arrays: Callable[[int], Arrays]
) -> None:
    checkpoint.save(cached("best_model.safetensors"), random_arrays(0), checkpoint.Header())
    arrays, _ = load_checkpoint("hf://someone/face")
    np.testing.assert_array_equal(arrays["layers.0.bias"], random_arrays(0)["layers.0.bias"])


@pytest.mark.parametrize("address", ["hf://", "hf://someone", "hf://a b/c", "hf://a/b@"])
def test_a_wrong_address_is_refused_with_the_form_it_should_have(address: str) -> None:
    with pytest.raises(CheckpointError, match="expected hf://owner/repository"):
        fetch(address)


def test_a_path_out_of_the_cache_is_refused(cache: Path) -> None:
    with pytest.raises(CheckpointError):
        fetch("hf://someone/face/../../secret")


def test_without_huggingface_hub_it_says_what_to_install() -> None:
    program = (
        "import sys; sys.modules['huggingface_hub'] = None;"
        "from bridge.model.hub import fetch; fetch('hf://someone/face')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert "CheckpointError" in done.stderr
    assert "affect-bridge[hub]" in done.stderr
