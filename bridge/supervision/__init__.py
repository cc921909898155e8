"""Keeping parts alive, and saying what went wrong: supervision, complaints, logs."""
