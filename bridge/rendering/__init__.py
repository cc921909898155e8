"""Feelings with times in, faces with times out, without waiting: arrays and files."""
