"""The network that turns a feeling into a face: NumPy runs it, PyTorch trains it."""
