"""What a frame, a wake-up, a start and a running daemon cost, each beside the usual way to do it.

`make bench` measures everything in one run and writes `results.md`. No test depends on a time.
"""

import os

# As the daemon has it, before NumPy is first imported. PyTorch keeps its own default.
os.environ["OPENBLAS_NUM_THREADS"] = "1"
