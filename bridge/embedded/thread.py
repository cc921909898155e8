"""The thread on which an embedded bridge lives, with an event loop of its own.

The loop is the selector loop, whichever loop the host runs: MQTT needs it on Windows. A host that
blocks its own loop does not stop this one.
"""

import asyncio
import atexit
import contextlib
import logging
import os
import threading
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bridge.config.reading import ConfigError
from bridge.config.settings import Settings
from bridge.daemon.daemon import Daemon
from bridge.model.layers import CheckpointError

log = logging.getLogger(__name__)

STOPPING_TIMEOUT = 10.0
"""Seconds that a stop waits for the thread. It takes less than one, and a few if a peer hangs."""


class ShownFace(NamedTuple):
    """A copy of one stream's face at the latest frame."""

    weights: NDArray[np.float32]
    """(52,) in reference order."""
    feeling: tuple[float, ...]
    """Valence, arousal and dominance."""


class _Loop(asyncio.SelectorEventLoop):
    """A loop that can end while the interpreter does: no thread can be started then."""

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Return at once: the daemon's executor has only daemon threads."""


class BridgeThread:
    """One life of a bridge, from `start` to `stop`. Both block; neither needs an event loop."""

    def __init__(self, read: Callable[[], Settings]) -> None:
        """`read` is called on the thread; what it raises, `start` raises."""
        self.faces: dict[str, ShownFace] = {}
        """Of every stream; replaced as a whole after each frame."""
        self.process = os.getpid()
        self._read = read
        self._daemon: Daemon | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._stop_asked = False
        self._settled = threading.Event()
        """Set once the start has succeeded or failed."""
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="affect-bridge", daemon=True)

    @property
    def alive(self) -> bool:
        """Whether the bridge runs. Never in a process that was forked from its process."""
        return self._settled.is_set() and self._thread.is_alive() and not self._stop_asked

    @property
    def daemon(self) -> Daemon:
        """The bridge, once it has started."""
        if self._daemon is None:
            raise RuntimeError("the bridge has not started")
        return self._daemon

    def start(self) -> None:
        """Start, and return once frames are sent.

        Raises:
            ConfigError: the configuration cannot be used.
        """
        # A daemon thread ends without a neutral frame when the interpreter does.
        atexit.register(self.stop)
        try:
            self._thread.start()
            self._settled.wait()
        except BaseException:
            self.ask_to_stop()
            raise
        if self._failure is not None:
            atexit.unregister(self.stop)
            raise self._failure

    def ask_to_stop(self) -> None:
        """Start the stop without waiting for it. From any thread, also during the start."""
        self._stop_asked = True
        if self._loop is not None and self._stop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has closed already
                self._loop.call_soon_threadsafe(self._stop.set)

    def stop(self) -> None:
        """Stop as the daemon does, and wait for it, at most `STOPPING_TIMEOUT` seconds."""
        if os.getpid() != self.process:  # a fork has no threads of its parent
            return
        self.ask_to_stop()
        self._thread.join(STOPPING_TIMEOUT)
        atexit.unregister(self.stop)
        if self._thread.is_alive():
            log.error(
                "the bridge has not stopped within %.0f s; its thread ends with the program",
                STOPPING_TIMEOUT,
            )

    def _run(self) -> None:
        try:
            self._live()
        except BaseException as failure:
            if self._settled.is_set():
                log.critical(
                    "the bridge failed; the program continues without it", exc_info=failure
                )
            self._failure = failure
        finally:
            self._settled.set()

    def _live(self) -> None:
        try:
            self._daemon = Daemon(self._read(), embedded=True, frame_left=self._copy_faces)
        except CheckpointError as problem:  # the file has changed since it was checked
            raise ConfigError(str(problem)) from problem
        with asyncio.Runner(loop_factory=_Loop) as runner:
            runner.run(self._until_stopped(self._daemon))

    async def _until_stopped(self, daemon: Daemon) -> None:
        self._stop, self._loop = asyncio.Event(), asyncio.get_running_loop()
        if self._stop_asked:
            self._stop.set()
        await daemon.run_until(self._stop, started=self._settled.set)

    def _copy_faces(self, _: float) -> None:
        """Runs on the frame thread: between two frames nothing else writes the faces."""
        faces = self.daemon.pipeline.faces
        self.faces = {
            stream: ShownFace(face.weights.copy(), tuple(face.feeling.tolist()))
            for stream, face in faces.items()
        }
