"""Models from the Hugging Face hub, addressed as `hf://owner/repository[@revision][/file]`."""

import re
from pathlib import Path

from bridge.model.layers import CheckpointError

_ADDRESS = re.compile(
    r"hf://(?P<repository>[\w.-]+/[\w.-]+)(@(?P<revision>[\w.-]+))?(/(?P<file>.+))?"
)
_USUAL_FILES = ("best_model.safetensors", "model.safetensors", "best_model.pt", "model.pt")


def fetch(address: str) -> Path:
    """Download a checkpoint, or find it in the hub's cache, and return its path.

    If the address has no file, the first of the usual names that the repository has is used.

    Raises:
        CheckpointError: the address is wrong, the extra `hub` is not installed, or the file cannot
            be downloaded.
    """
    parts = _ADDRESS.fullmatch(address)
    if parts is None:
        raise CheckpointError(
            f"{address}: expected hf://owner/repository, optionally with @revision and /file"
        )
    try:
        from huggingface_hub import hf_hub_download  # noqa: PLC0415 - an extra
        from huggingface_hub.errors import (  # noqa: PLC0415
            EntryNotFoundError,
            HfHubHTTPError,
            LocalEntryNotFoundError,
        )
    except ImportError as problem:
        raise CheckpointError(
            f"{address}: huggingface_hub is not installed; run: pip install 'affect-bridge[hub]'"
        ) from problem
    repository, revision = parts["repository"], parts["revision"]
    unreachable = False
    for file in [parts["file"]] if parts["file"] else _USUAL_FILES:
        try:
            return Path(
                hf_hub_download(repository, file, revision=revision, local_files_only=unreachable)
            )
        except LocalEntryNotFoundError:
            unreachable = True
        except EntryNotFoundError:
            continue
        except (HfHubHTTPError, OSError, ValueError) as problem:
            raise CheckpointError(f"{address}: download failed: {problem}") from problem
    if unreachable:
        raise CheckpointError(
            f"{address}: the hub cannot be reached, and the file is not in the local cache"
        )
    wanted = parts["file"] or " or ".join(_USUAL_FILES)
    raise CheckpointError(f"{address}: the repository has no {wanted}")
