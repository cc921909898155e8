"""The status line: the feeling now, the frame rate, and the state of each output and input."""

import os
import shutil
import time
from collections.abc import Iterable, Sequence

from bridge.emotion.mixer import Mixer
from bridge.emotion.streams import MAIN_STREAM
from bridge.frames.loop import FrameLoop
from bridge.frames.pipeline import Pipeline
from bridge.inputs.source import Source
from bridge.outputs.output import Output
from bridge.supervision.supervised import State, Supervised
from bridge.supervision.writer import Writer

_PATIENCE = 0.1
"""Seconds that the end waits for the terminal to take the last of the status line."""


class StatusReport:
    """Reads the counters of a running bridge and computes rates since the previous call."""

    def __init__(
        self,
        mixer: Mixer,
        pipeline: Pipeline,
        frames: FrameLoop,
        inputs: Iterable[Supervised[Source]],
        outputs: Iterable[Supervised[Output]],
    ) -> None:
        """`inputs` and `outputs` are iterated again for each line: a reload may change them."""
        self._mixer, self._pipeline, self._frames = mixer, pipeline, frames
        self._inputs, self._outputs = inputs, outputs
        self._then = time.monotonic()
        self._frames_then = 0
        self._output_frames_then: dict[Output, int] = {}

    def line(self) -> str:
        """The state now, with rates since the previous call."""
        now = time.monotonic()
        elapsed = max(now - self._then, 1e-6)
        fps = (self._frames.frames - self._frames_then) / elapsed
        late = self._frames.worst_lateness * 1e3
        sent = self._output_states(elapsed)
        self._then, self._frames_then = now, self._frames.frames
        self._frames.worst_lateness = 0.0
        timing = f"{fps:.1f} fps, ≤{late:.1f} ms late"
        return f"{self._feeling()} | {timing} | {sent} | {self._input_states()}"

    def _output_states(self, elapsed: float) -> str:
        """Each output with the frames it was offered per second: `vmc 60/s, livelink 30/s`."""
        outputs = list(self._outputs)
        names = _short_names([supervised.part.name for supervised in outputs])
        frames_then = self._output_frames_then
        self._output_frames_then = {
            supervised.part: supervised.part.frames for supervised in outputs
        }
        return ", ".join(
            f"{name} {_output_state(supervised, (frames - frames_then.get(output, 0)) / elapsed)}"
            for name, supervised, (output, frames) in zip(
                names, outputs, self._output_frames_then.items(), strict=True
            )
        )

    def _input_states(self) -> str:
        """The inputs, grouped by state: `stdin osc up, mqtt waiting to retry`."""
        inputs = list(self._inputs)
        names = _short_names([supervised.part.name for supervised in inputs])
        doing: dict[str, list[str]] = {}
        for name, supervised in zip(names, inputs, strict=True):
            doing.setdefault(str(supervised.state.value), []).append(name)
        return ", ".join(f"{' '.join(names)} {state}" for state, names in doing.items())

    def _feeling(self) -> str:
        feelings = self._pipeline.feelings
        stream = MAIN_STREAM if MAIN_STREAM in feelings else next(iter(feelings), MAIN_STREAM)
        point = " ".join(f"{axis:+.2f}" for axis in feelings.get(stream, (0.0, 0.0, 0.0)))
        others = f" (+{len(feelings) - 1} more)" if len(feelings) > 1 else ""
        label = self._mixer.label(stream)
        return f"{point}{others}" if label[:1] in "+-" else f"{label} [{point}]{others}"


def _short_names(names: Sequence[str]) -> list[str]:
    """Names cut to their first word where that word is unique."""
    first_words = [name.split()[0] for name in names]
    return [
        first if first_words.count(first) == 1 else name
        for first, name in zip(first_words, names, strict=True)
    ]


def _output_state(supervised: Supervised[Output], rate: float) -> str:
    if supervised.state is not State.UP:
        return str(supervised.state.value)
    trouble = supervised.part.trouble
    return f"{rate:.0f}/s" + (f" ({trouble})" if trouble else "")


class StatusBar:
    """Keeps the last row of a terminal for the status line. Everything else scrolls above it.

    Only the writer's thread looks at the terminal, right before it draws.
    """

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._rows = 0
        if os.name == "nt":
            os.system("")  # noqa: S605, S607 - turns on escape sequences in Windows' console

    def show(self, line: str) -> None:
        """Draw the line, cut to the terminal's width."""
        self._writer.draw(lambda: self._drawn(line))

    def remove(self) -> None:
        """Clear the line and let the whole terminal scroll again. A terminal that holds its output
        is not waited for."""
        self._writer.draw(self._erased)
        self._writer.flush(_PATIENCE)

    def _drawn(self, line: str) -> str:
        if not self._in_front():
            return ""
        columns, rows = self._size()
        text = ""
        if rows != self._rows:
            if self._rows:  # resized: clear the old last row
                text += f"\x1b7\x1b[r\x1b[{min(self._rows, rows)};1H\x1b[2K\x1b8"
            # Make room by one row, then let only the rows above the last one scroll. ESC D is a
            # line feed that the terminal driver does not turn into carriage return + line feed.
            text += f"\x1bD\x1b7\x1b[1;{rows - 1}r\x1b8\x1b[1A"
            self._rows = rows
        return f"{text}\x1b7\x1b[{rows};1H\x1b[2K\x1b[7m{line[: columns - 1]}\x1b[0m\x1b8"

    def _erased(self) -> str:
        rows, self._rows = self._rows, 0
        return f"\x1b7\x1b[r\x1b[{rows};1H\x1b[2K\x1b8" if rows else ""

    def _in_front(self) -> bool:
        """Whether this process is in the foreground: a background job must not draw."""
        try:
            return os.tcgetpgrp(self._writer.stream.fileno()) == os.getpgrp()
        except (AttributeError, OSError, ValueError):  # Windows, or no terminal at all
            return True

    def _size(self) -> os.terminal_size:
        try:
            return os.get_terminal_size(self._writer.stream.fileno())
        except (OSError, ValueError):
            return shutil.get_terminal_size()
