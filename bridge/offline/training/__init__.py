"""Target faces, training data and the training loop. Training needs the extra `train`."""
