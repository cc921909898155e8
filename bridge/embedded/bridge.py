"""`Bridge`: affect-bridge inside another Python program."""

import asyncio
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bridge.daemon.blocking_calls import DaemonThreads
from bridge.embedded.program import NAME, Program
from bridge.embedded.settings import CONFIGURATION, read_embedded
from bridge.embedded.thread import BridgeThread
from bridge.emotion.streams import MAIN_STREAM
from protocols.arkit import BLENDSHAPES


@dataclass(frozen=True, slots=True)
class Shown:
    """What a stream shows as of the latest frame, and why."""

    label: str
    """The label of the update that counts; `neutral` if there is none."""
    valence: float
    """From -1 to 1, where the face is now, on its way to the goal."""
    arousal: float
    dominance: float
    source: str
    """The input that posted the update; `python` for this program; empty if there is none."""
    seconds: float
    """Since the stream's latest update; infinity if there was none."""
    state: str
    """The state of the character, such as `listening`; empty if there is none."""


class Bridge:
    """A bridge that runs as long as the `with` or `async with` around it.

        async with Bridge("config.yaml") as face:
            face.feel("joy", 0.8, stream="alice")
            face.speaking(True, stream="alice")

    It works as `affect-bridge run` does, with the inputs and outputs of the configuration, and the
    program as one more input of priority 0. It runs on threads of its own with an event loop of its
    own. A program that blocks its loop does not stop the face; a program whose Python code computes
    without pause on another thread can delay frames by some milliseconds, because they share one
    interpreter (`sys.setswitchinterval(0.0005)` in the program shortens that).

    The methods return at once and may be called from any thread. Input that is wrong raises
    `UpdateError` (a `ValueError`); the bridge goes on. A call before the start or after the end
    raises `RuntimeError`. Several bridges may run in one process.

    What the bridge leaves to the program: it reads standard input only if `inputs` says `stdin`; it
    installs no signal handler, and configures no logging (it logs under the names `bridge.*`;
    `log_level`, `log_format` and `watch` have no effect); it does not touch garbage collection, the
    switch interval, the event loop policy or the service manager. It registers an exit function, so
    that a bridge that nobody closed still sends its neutral frame. A process forked from this one
    has no bridge: start another one there.
    """

    def __init__(
        self,
        configuration: CONFIGURATION = None,
        *,
        inputs: str | Sequence[Any] | None = None,
        outputs: str | Sequence[Any] | None = None,
    ) -> None:
        """Describe a bridge. Nothing is read or opened before the `with`.

        Args:
            configuration: the path of a YAML file, a dict of settings, or None for the defaults:
                no input, and VMC to 127.0.0.1:39539.
            inputs: replaces the inputs of the configuration: an address, or a list of addresses and
                dicts of settings.
            outputs: replaces the outputs of the configuration, in the same way.
        """
        self._configuration = configuration
        self._given = {
            key: value if isinstance(value, str) else list(value)
            for key, value in (("inputs", inputs), ("outputs", outputs))
            if value is not None
        }
        self._thread: BridgeThread | None = None
        self._program: Program | None = None

    def __enter__(self) -> "Bridge":
        """Start, and return once frames are sent.

        Raises:
            ConfigError: the configuration cannot be used; the text is what the command prints. An
                address that is in use is no error: it is logged, and tried again.
            RuntimeError: this bridge is running already.
        """
        thread = self._new_thread()
        try:
            thread.start()
            self._begin(thread)
        except BaseException:
            self._thread = None
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Ease to neutral, send the neutral frame last, and stop: within a second as a rule, and
        ten seconds at most."""
        if (thread := self._take_thread()) is not None:
            thread.stop()

    async def __aenter__(self) -> "Bridge":
        """As `with`, without blocking the event loop."""
        thread = self._new_thread()
        try:
            await _on_a_thread(thread.start)
            self._begin(thread)
        except BaseException:
            self._thread = None
            thread.ask_to_stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """As `with`, without blocking the event loop. If the wait is cancelled, the bridge still
        stops."""
        if (thread := self._take_thread()) is not None:
            thread.ask_to_stop()
            await _on_a_thread(thread.stop)

    def feel(
        self,
        emotion: str | Sequence[float],
        intensity: float = 1.0,
        *,
        stream: str = MAIN_STREAM,
        hold: float | None = None,
        fade: float | None = None,
        then: str | None = None,
    ) -> None:
        """Show an emotion from now on.

        Args:
            emotion: a name, a mixture (`joy+surprise`), or valence, arousal and dominance, each
                from -1 to 1.
            intensity: from 0 to 1; scales towards neutral.
            hold: seconds until the update expires; None for until the next one.
            fade: seconds that the movement takes; None for the default of `interpolation`.
            then: makes it a gesture: what follows its hold, which is 1.5 seconds if it has none.
                `previous` goes back to what this program showed before; or an emotion's name.

        Raises:
            UpdateError: an unknown emotion, a number that cannot be, or a stream that no output
                shows.
        """
        self._said().feel(emotion, intensity, stream=stream, hold=hold, fade=fade, then=then)

    def update(self, sent: str | bytes | Mapping[str, Any], *, stream: str = MAIN_STREAM) -> None:
        """Post an update in any form that standard input takes (docs/inputs.md), or a dict with the
        keys of its JSON form. `stream` counts if the update names none.

        Raises:
            UpdateError: it is not an update.
        """
        self._said().update(sent, stream)

    def speaking(self, speaking: bool, *, stream: str = MAIN_STREAM) -> None:
        """Say that the voice has begun or ended. It counts as ended 30 seconds after the latest
        `speaking(True)`."""
        self._said().cue("speaking", speaking, stream)

    def spoken(self, characters: int, *, stream: str = MAIN_STREAM) -> None:
        """Say how far the voice is in the text of `stdin:chat` with `pace: speech`: the characters
        spoken since the start. 0 begins another count."""
        self._said().cue("spoken", characters, stream)

    def state(self, name: str | None, *, stream: str = MAIN_STREAM) -> None:
        """Choose a state of the character: listening, thinking, speaking, waiting, failed, asleep,
        or one of `face.states`. `state(None)` ends it.

        Raises:
            UpdateError: there is no such state.
        """
        self._said().state(name, stream)

    def mouth(self, loudness: float, *, stream: str = MAIN_STREAM) -> None:
        """Open the mouth as wide as the voice is loud, from 0 to 1. The mouth closes half a second
        after the latest call."""
        self._said().cue("mouth", loudness, stream)

    def visemes(self, weights: Mapping[str, float], *, stream: str = MAIN_STREAM) -> None:
        """Form the mouth by visemes, by the names of Oculus or VRM, each from 0 to 1; those that
        are not named are 0. The mouth closes half a second after the latest call."""
        self._said().cue("visemes", weights, stream)

    def look_at(self, yaw: float | None, pitch: float = 0.0, *, stream: str = MAIN_STREAM) -> None:
        """Look in a direction, in degrees from straight ahead, within 90: yaw is positive towards
        the face's own right, pitch downwards. `look_at(None)` lets the eyes go."""
        self._said().cue("look_at", None if yaw is None else (yaw, pitch), stream)

    def neutral(self, stream: str = MAIN_STREAM) -> None:
        """Show the neutral face. This is an update like others: it outweighs earlier ones."""
        self.feel("neutral", stream=stream)

    def release(self, stream: str = MAIN_STREAM) -> None:
        """Take back this program's emotion, so that other inputs count; without any, the face eases
        to neutral."""
        self._said().release(stream)

    def shown(self, stream: str = MAIN_STREAM) -> Shown:
        """What the stream shows as of the latest frame. A stream that does not exist is neutral."""
        thread = self._running()
        state = thread.daemon.mixer.state(stream)
        face = thread.faces.get(stream)
        valence, arousal, dominance = (0.0, 0.0, 0.0) if face is None else face.feeling
        since = time.perf_counter() - state.updated
        point = (valence, arousal, dominance)
        return Shown(state.label, *point, state.source, since, state.character)

    def weights(self, stream: str = MAIN_STREAM) -> dict[str, float]:
        """The 52 weights of the latest frame by their ARKit names, each from 0 to 1. All are 0 for
        a stream that does not exist."""
        face = self._running().faces.get(stream)
        if face is None:
            return dict.fromkeys(BLENDSHAPES, 0.0)
        return dict(zip(BLENDSHAPES, face.weights.tolist(), strict=True))

    def _new_thread(self) -> BridgeThread:
        if self._thread is not None and self._thread.process == os.getpid():
            raise RuntimeError(
                "this bridge is already running; for another one, make a second Bridge"
            )
        self._thread = BridgeThread(lambda: read_embedded(self._configuration, self._given))
        return self._thread

    def _begin(self, thread: BridgeThread) -> None:
        self._program = Program(thread.daemon.mixer.mailbox(NAME))

    def _take_thread(self) -> BridgeThread | None:
        thread, self._thread = self._thread, None
        return thread

    def _running(self) -> BridgeThread:
        thread = self._thread
        if thread is None:
            raise RuntimeError("the bridge is not running; use it inside `with Bridge(...)`")
        if thread.process != os.getpid():
            raise RuntimeError("the bridge runs in the parent process; start one after the fork")
        if not thread.alive:
            raise RuntimeError("the bridge has stopped; the log says why")
        return thread

    def _said(self) -> Program:
        self._running()
        if self._program is None:
            raise RuntimeError("the bridge is starting")
        return self._program


async def _on_a_thread(work: Any) -> None:
    """Wait for blocking work. The program's own pool of threads may be busy."""
    await asyncio.get_running_loop().run_in_executor(DaemonThreads(), work)
