"""What a recording costs: the frame thread's part and that of the recorder's thread."""

import asyncio
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.figure import Figure
from bridge.config.recording import RecordSection
from bridge.emotion.mixer import Mixer
from bridge.outputs import recorder as module
from bridge.outputs.recorder import Recorder
from bridge.rendering.render import render
from protocols.face import Face

FPS = 60.0
SECONDS = 10
FASTER = 10
"""The frames are sent so many times as fast as in a bridge, and the recorder works as often."""
GOAL = 0.01
"""Of a core."""


def measure() -> list[Figure]:
    """One lively face."""
    feelings = np.random.default_rng(1).uniform(-1, 1, (2 * SECONDS, 3))
    lively = render(feelings, np.arange(2 * SECONDS) / 2, FPS).weights
    with tempfile.TemporaryDirectory() as folder:
        took = asyncio.run(_recording(Path(folder) / "show.jsonl.gz", lively))
    share = took / len(lively) * FPS
    return [
        Figure(
            f"recording one face at {FPS:.0f} a second, of a core",
            f"{share:.2%}",
            goal=f"at most {GOAL:.0%}",
            met=share <= GOAL,
        )
    ]


async def _recording(path: Path, weights: np.ndarray) -> float:
    """Seconds of processor time."""
    every = module._WRITE_EVERY
    module._WRITE_EVERY = every / FASTER
    recorder = Recorder(RecordSection.model_validate({"file": path}), FPS, Mixer())
    up = asyncio.Event()
    task = asyncio.create_task(recorder.run(up.set))
    await up.wait()
    faces = {"main": Face()}
    began = time.process_time()
    for number, row in enumerate(weights):
        faces["main"].weights[:] = row
        recorder.send(faces, number, number / FPS)
        if number % 6 == 5:
            await asyncio.sleep(every / FASTER)
    took = time.process_time() - began
    task.cancel()
    await asyncio.wait([task])
    module._WRITE_EVERY = every
    return took


if __name__ == "__main__":
    for figure in measure():
        print("  ".join(figure.cells()))
