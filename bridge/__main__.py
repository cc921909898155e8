"""`python -m bridge` is `affect-bridge`."""

import sys

from bridge.cli import main

sys.exit(main())
