"""Finds out why no face moves: each step of the path, tried for real, with what to do about it."""
