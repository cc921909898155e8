"""Makes the table of words."""
