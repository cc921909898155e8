"""Models from the Hugging Face hub: `hf://owner/repository[@revision][/file]`."""

import re
from pathlib import Path

from bridge.model.layers import CheckpointError

_ADDRESS = re.compile(
    r"hf://(?P<repository>[\w.-]+/[\w.-]+)(@(?P<revision>[\w.-]+))?(/(?P<file>.+))?"
)
_USUAL_FILES = ("best_model.safetensors", "model.safetensors", "best_model.pt", "model.pt")


def fetch(address: str) -> Path:
    """Download a checkpoint, or find it in the hub's cache, and return its path.

    Without a file in the address, the first of the usual names that the repository has is taken.

    Raises:
        CheckpointError: the address is wrong, the extra `hub` is missing, or the file cannot be
            had, for want of a network for example.
    """
    parts = _ADDRESS.fullmatch(address)
    if parts is None:
        raise CheckpointError(
            f"{address}: expected hf://owner/repository, with @revision and /file if wanted"
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
            f"{address}: needs huggingface_hub: pip install 'affect-bridge[hub]'"
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
            raise CheckpointError(f"{address}: the hub does not give it: {problem}") from problem
    if unreachable:
        raise CheckpointError(f"{address}: not in the local cache, and the hub cannot be reached")
    wanted = parts["file"] or " or ".join(_USUAL_FILES)
    raise CheckpointError(f"{address}: the repository has no {wanted}")
