"""Feelings: names and points, how an update is read, and which source counts."""
