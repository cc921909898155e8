"""Passwords, and files that only this program may read."""
