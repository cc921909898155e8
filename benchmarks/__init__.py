"""The cost of a frame, a wake-up, a start and a running daemon, each compared with the usual way.

`make bench` measures all of them in one run and writes `results.md`. No test depends on a time.
"""

import os

# As in the daemon. It must be set before NumPy is imported. PyTorch keeps its default.
os.environ["OPENBLAS_NUM_THREADS"] = "1"
