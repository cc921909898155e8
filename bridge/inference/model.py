"""Loading a model, and predicting faces with it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bridge.emotion.points import Vad
from bridge.emotion.scale import LEEWAY
from bridge.face import symmetry
from bridge.model.arranging import Places
from bridge.model.engine import Engine
from bridge.model.foreign import Prefer
from bridge.model.layers import OutputOrder
from bridge.model.loading import load_checkpoint
from bridge.model.slope import settled_slope
from protocols.arkit import BLENDSHAPES

Floats = NDArray[np.float32]


def load_model(
    path: str | Path | None = None,
    *,
    output_order: OutputOrder = "reference",
    prefer: Prefer | None = None,
    layer_map: Places | None = None,
    negative_slope: float | None = None,
) -> tuple[Engine, dict[str, Any]]:
    """Load a model and the description in its file.

    Args:
        path: a safetensors or `.pt` file, an `hf://owner/repository` address, or None for the
            built-in model.
        output_order: `reference`, or `emo3d` for a model whose 52 outputs begin with MediaPipe's
            `_neutral` and have no `tongueOut`. A file does not say which, so set it yourself.
        prefer: `ema` or `model`, for a file with EMA weights beside the model's.
        layer_map: names of layers in the file to names in this network, for layers that cannot be
            told apart: `{"norm_a": "layers.1"}`.
        negative_slope: the slope of the LeakyReLU. If None, what the file says; if it says
            nothing, what the weights show; else 0.01. The choice is logged.

    Raises:
        CheckpointError: the file does not exist, has another network, or cannot be read without
            running code.
    """
    arrays, header = load_checkpoint(
        path, output_order, prefer=prefer, layer_map=layer_map, negative_slope=negative_slope
    )
    meta = {
        "format_version": header.format_version,
        "architecture": header.architecture,
        "names": header.names,
        "negative_slope": header.negative_slope,
        "training": header.training,
    }
    return Engine(arrays, settled_slope(arrays, header.negative_slope)), meta


def predict(model: Engine, vad: ArrayLike) -> Floats:
    """Predict the face of one feeling or of several.

    Args:
        vad: valence, arousal and dominance, each from -1 to 1: (3,) or (n, 3). A number that is
            outside by at most 5 % of the axis is clamped, as on every input.

    Returns:
        (52,) or (n, 52) weights from 0 to 1, in reference order (`protocols.arkit`).

    Raises:
        ValueError: the shape is wrong, a number is not finite, or it is too far outside.
    """
    points = np.asarray(vad, dtype=np.float64)
    if points.ndim not in {1, 2} or points.shape[-1] != 3:
        raise ValueError(f"expected an array of shape (3,) or (n, 3), not {points.shape}")
    if not np.isfinite(points).all():
        raise ValueError("valence, arousal and dominance must be finite numbers")
    outside = points[np.abs(points) > 1.0 + 2.0 * LEEWAY]
    if outside.size:
        raise ValueError(
            f"{outside[0]:g} is outside -1 to 1; valence, arousal and dominance go from -1 to 1"
        )
    weights: Floats = model.run(np.atleast_2d(points.clip(-1.0, 1.0))).copy()
    return weights if points.ndim == 2 else weights[0]


def enforce_symmetry(weights: ArrayLike, strength: float = 1.0) -> Floats:
    """Return a copy of (52,) or (n, 52) weights with left and right weights brought together.

    Args:
        strength: 0 changes nothing; 1 makes left and right the same float, bit for bit.
    """
    symmetric = np.array(weights, dtype=np.float32)
    symmetry.enforce_symmetry(np.atleast_2d(symmetric), strength)
    return symmetric


def as_json(point: Vad, weights: Floats) -> str:
    """A feeling and its (52,) weights by name, as the commands print them."""
    named = zip(BLENDSHAPES, weights.tolist(), strict=True)
    rounded = {name: round(weight, 6) for name, weight in named}
    return json.dumps({**point._asdict(), "weights": rounded}, indent=2)
