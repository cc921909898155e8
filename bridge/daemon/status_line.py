"""The status line: whose feeling is shown, the frame rate, and the state of each part."""

import time
from collections.abc import Iterable, Mapping, Sequence

from bridge.emotion.mixer import Mixer
from bridge.emotion.streams import MAIN_STREAM
from bridge.frames.loop import FrameLoop
from bridge.frames.pipeline import Pipeline
from bridge.health.vitals import named
from bridge.inputs.source import Source
from bridge.outputs.output import Output
from bridge.supervision.supervised import PartType, State, Supervised
from bridge.supervision.text import columns, printable, shortened

BETWEEN = " | "


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
        self._then = time.perf_counter()
        self._frames_then = 0
        self._output_frames_then: dict[Output, int] = {}

    def segments(self) -> list[str]:
        """The state now, the most important first, with rates since the previous call."""
        now = time.perf_counter()
        elapsed = max(now - self._then, 1e-6)
        fps = (self._frames.frames - self._frames_then) / elapsed
        late = self._frames.worst_lateness * 1e3
        self._then, self._frames_then = now, self._frames.frames
        self._frames.worst_lateness = 0.0
        inputs = _short_names(self._inputs)
        bad_outputs, good_outputs = self._output_states(elapsed)
        bad_inputs, good_inputs = _input_states(inputs)
        feeling, point = self._feeling(inputs)
        progress = [supervised.part.progress for supervised in inputs.values()]
        found = [
            feeling,
            *progress,
            f"{fps:.1f} fps",
            *bad_outputs,
            *bad_inputs,
            *good_outputs,
            *good_inputs,
        ]
        found += [f"≤{late:.1f} ms late", point]
        return [printable(segment) for segment in found if segment]

    def _output_states(self, elapsed: float) -> tuple[list[str], list[str]]:
        """Those with a problem, and the others, each with the frames that it was offered per
        second: `livelink 30/s (unheard)`, `vmc 60/s`."""
        names = _short_names(self._outputs)
        frames_then = self._output_frames_then
        self._output_frames_then = {s.part: s.part.frames for s in names.values()}
        bad, good = [], []
        for name, supervised in names.items():
            output = supervised.part
            rate = (self._output_frames_then[output] - frames_then.get(output, 0)) / elapsed
            if supervised.state is not State.UP:
                bad.append(f"{name} {supervised.state.value}")
            elif output.trouble:
                bad.append(f"{name} {rate:.0f}/s ({output.trouble})")
            else:
                good.append(f"{name} {rate:.0f}/s")
        return bad, good

    def _feeling(self, inputs: Mapping[str, Supervised[Source]]) -> tuple[str, str]:
        """Whose feeling is shown, `joy 1 from osc (+2 more streams)`, and where it is now."""
        feelings = self._pipeline.feelings
        stream = self._stream(list(feelings))
        state = self._mixer.state(stream)
        said = state.label if stream == MAIN_STREAM else f"{stream}: {state.label}"
        if state.source:
            names = {supervised.part.name: name for name, supervised in inputs.items()}
            said += f" from {names.get(state.source, state.source)}"
        if len(feelings) > 1:
            said += f" (+{len(feelings) - 1} more streams)"
        point = " ".join(f"{axis:+.2f}" for axis in feelings.get(stream, (0.0, 0.0, 0.0)))
        return said, "" if state.label == point else point

    def _stream(self, streams: Sequence[str]) -> str:
        """The stream to show: the main one, unless only others have an update."""
        spoken_for = [stream for stream in streams if self._mixer.state(stream).source]
        if MAIN_STREAM in spoken_for or not spoken_for:
            return MAIN_STREAM if MAIN_STREAM in streams else next(iter(streams), MAIN_STREAM)
        return max(spoken_for, key=lambda stream: self._mixer.state(stream).updated)


def laid_out(segments: Sequence[str], width: int) -> str:
    """As many segments as fit into `width` columns, the first ones first. The first is shortened
    if need be."""
    line = shortened(segments[0], width)
    for segment in segments[1:]:
        longer = f"{line}{BETWEEN}{segment}"
        if columns(longer) <= width:
            line = longer
    return line


def _input_states(inputs: Mapping[str, Supervised[Source]]) -> tuple[list[str], list[str]]:
    """Those with a problem, and the others, grouped by state: `stdin osc up`."""
    by_state: dict[State, list[str]] = {}
    for name, supervised in inputs.items():
        by_state.setdefault(supervised.state, []).append(name)
    bad: list[str] = []
    good: list[str] = []
    for state, names in by_state.items():
        well = state in {State.UP, State.ENDED}
        (good if well else bad).append(f"{' '.join(names)} {state.value}")
    return bad, good


def _short_names(parts: Iterable[Supervised[PartType]]) -> dict[str, Supervised[PartType]]:
    """The parts by their names, cut to the first word where that is unique."""
    unique = named(parts)
    first_words = [name.split()[0] for name, _ in unique]
    return {
        first if first_words.count(first) == 1 else name: supervised
        for first, (name, supervised) in zip(first_words, unique, strict=True)
    }
