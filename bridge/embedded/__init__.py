"""A bridge inside another Python program."""
