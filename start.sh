#!/bin/sh
# Starts affect-bridge. The first start installs it into the folder .venv beside this file.
set -eu
cd "$(dirname "$0")"

if [ ! -x .venv/bin/affect-bridge ]; then
  python=
  for name in python3 python3.14 python3.13 python3.12 python3.11; do
    if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      python=$name
      break
    fi
  done
  if [ -z "$python" ]; then
    echo "affect-bridge needs Python 3.11 or newer."
    echo "Install it from https://www.python.org/downloads/ and run this again."
    echo "Debian, Ubuntu: sudo apt install python3 python3-venv"
    exit 1
  fi
  echo "Installing affect-bridge. This takes a minute or two."
  package=.
  for wheel in affect_bridge-*.whl; do
    [ -e "$wheel" ] && package=$wheel
  done
  "$python" -m venv .venv
  .venv/bin/python -m pip install --quiet -c constraints.txt "$package"
fi

[ -e config.yaml ] || .venv/bin/affect-bridge init config.yaml

# Opens the page as soon as the bridge serves it, where there is a desktop.
if [ "$(uname)" = Darwin ] || [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
  .venv/bin/affect-bridge view --wait 30 </dev/null &
fi
exec .venv/bin/affect-bridge run config.yaml --web "$@"
