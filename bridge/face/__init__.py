"""Layers between the model and the encoders: small, and applied in the order `pipeline` states."""
