#!/bin/sh
# Moves the face of a running bridge with curl.
set -eu
face=${1:-http://127.0.0.1:8765}/v1/streams/main

curl -sS -d '{"state": "listening"}' "$face"
sleep 1
curl -sS -d '{"state": "thinking"}' "$face"
sleep 1
curl -sS -d '{"state": "speaking", "emotion": "joy", "intensity": 0.8}' "$face"
sleep 1
curl -sS -d '{"emotion": "surprise", "hold": 1.2, "then": "previous"}' "$face"
curl -sS -d '{"state": null}' "$face"
curl -sS "$face"
