"""The small network from a feeling to a face: what runs (NumPy), what trains (PyTorch), on disk."""
