"""Emotions that stand above a threshold, and what they set off in other programs."""
