"""`python -m bridge.web`: started by the bridge, which says on standard input what to do."""

import os
import sys

from bridge.link.child import stand_aside

if __name__ == "__main__":
    stand_aside()
    # Imported after the signals are ignored: Ctrl-C must not end it half-way.
    from bridge.web.server import main

    status = main(sys.stdin.buffer.read())
    # Nothing here needs to be kept, and the bridge waits.
    os._exit(status)
