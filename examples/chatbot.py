"""Stands in for a chatbot: writes an answer a character at a time, with tags for emotions."""

import sys
import time

ANSWER = """\
[joy] Hello! How nice to see you. [surprise] Oh, is that a new hat?
[sad:0.6] Mine got lost in the rain. [neutral] But never mind.
"""

sys.stdout.reconfigure(encoding="utf-8")
time.sleep(3)  # a model thinks first; meanwhile the bridge starts
for character in ANSWER:
    print(character, end="", flush=True)
    time.sleep(0.03)
