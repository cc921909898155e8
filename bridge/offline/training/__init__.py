"""Making weights: the target faces and the training loop. Needs the extra `train` (PyTorch)."""
