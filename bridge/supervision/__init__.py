"""Restarting parts that fail, and logging what went wrong."""
