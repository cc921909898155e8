#!/bin/sh
# macOS opens this file in Terminal when it is double-clicked.
exec "$(dirname "$0")/start.sh" "$@"
