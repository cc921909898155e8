"""Frames at a fixed rate: the clock, the loop, and the line from a feeling to a face."""
