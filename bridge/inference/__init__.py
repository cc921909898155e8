"""The model from Python, with the same function names as the reference model.

    from bridge.inference import load_model, predict, emotion_to_vad, enforce_symmetry

    model, meta = load_model("best_model.pt")
    weights = predict(model, emotion_to_vad("surprise", intensity=0.9))
    weights = enforce_symmetry(weights)

Prediction uses NumPy. Only reading a `.pt` file needs PyTorch. From a shell,
`python -m bridge.inference --emotion surprise` prints the 52 weights.
"""

from bridge.emotion.names import emotion_to_vad
from bridge.inference.model import enforce_symmetry, load_model, predict

__all__ = ["emotion_to_vad", "enforce_symmetry", "load_model", "predict"]
