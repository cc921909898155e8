"""Stands in for a program that speaks: reads text, shows a word at a time, and tells the bridge how
far it is and how open the mouth is."""

import contextlib
import json
import sys
import time
import urllib.request

BRIDGE = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8765"


def tell(**update: object) -> None:
    url = f"{BRIDGE}/v1/streams/main"
    request = urllib.request.Request(url, json.dumps(update).encode())
    with contextlib.suppress(OSError):  # without the bridge the voice goes on
        urllib.request.urlopen(request, timeout=5).close()


sys.stdin.reconfigure(encoding="utf-8")
sys.stdout.reconfigure(encoding="utf-8")
tell(speaking=True, spoken=0)
spoken = 0
for line in sys.stdin:
    for word in line.split(" "):
        print(word, end="" if word.endswith("\n") else " ", flush=True)
        tell(mouth=0.6)
        time.sleep(0.2)
        spoken += len(word) + (not word.endswith("\n"))
        tell(mouth=0.1, spoken=spoken)
        time.sleep(0.1)
tell(speaking=False, mouth=0)
