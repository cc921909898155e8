"""Text without tags: its sentences, and the feeling that their words have."""
