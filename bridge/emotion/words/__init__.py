"""Text without tags: its sentences, and the feeling that their words have."""

HOLD = 8.0
"""Seconds until a feeling that was read from words expires: as long as it takes to say 20 words, a
long sentence. A sentence that says nothing changes nothing, so without this one word would show
until the next sentence with a feeling."""
