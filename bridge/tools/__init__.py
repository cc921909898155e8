"""Tools that a language model calls to move the face of a running bridge."""
