"""How good is a model? Measured on any checkpoint, so that several can be put side by side."""
