"""The updates of the files among a configuration's inputs: their times, holds and priorities.

tests/bridge/cli/test_render.py renders them, and tests/bridge/outputs/test_recorder.py renders a
live run again.
"""

from pathlib import Path
from typing import Any

import pytest

from bridge.config.settings import Settings
from bridge.emotion.update import named_update
from bridge.recording.events import TimedUpdate
from bridge.recording.format import header_line, update_line
from bridge.rendering.from_files import updates_in
from bridge.rendering.render import RenderError


def table(folder: Path, name: str, *times: float) -> str:
    rows = [f"{time},0.5,0.2" for time in times]
    (folder / name).write_text("\n".join(["time,valence,arousal", *rows]) + "\n")
    return f"file:{folder / name}"


def recording(folder: Path, *updates: TimedUpdate) -> str:
    lines = [header_line("test", 60.0), *(update_line(update, 0.0) for update in updates)]
    (folder / "show.jsonl").write_text("".join(f"{line.rstrip()}\n" for line in lines))
    return f"file:{folder / 'show.jsonl'}"


def updates(*inputs: Any) -> list[TimedUpdate]:
    return updates_in(Settings.model_validate({"inputs": list(inputs)})).updates


def test_one_file_keeps_its_times_and_several_start_together(tmp_path: Path) -> None:
    first, second = table(tmp_path, "a.csv", 10.0, 12.0), table(tmp_path, "b.csv", 500.0, 501.0)
    assert [timed.time for timed in updates(first)] == [10.0, 12.0]
    assert [timed.time for timed in updates(first, second)] == [0.0, 0.0, 1.0, 2.0]


def test_a_faster_file_keeps_its_start(tmp_path: Path) -> None:
    fast = {"from": table(tmp_path, "a.csv", 10.0, 12.0), "speed": 4}
    assert [timed.time for timed in updates(fast)] == [10.0, 10.5]


def test_an_update_expires_after_the_shorter_of_its_holds(tmp_path: Path) -> None:
    joy = named_update("joy")
    show = recording(
        tmp_path, TimedUpdate(0.0, joy, default_hold=1.5), TimedUpdate(1.0, joy, default_hold=30.0)
    )
    found = updates({"from": show, "hold": 4})
    assert [timed.default_hold for timed in found] == [1.5, 4.0]


def test_a_recorded_priority_counts_and_the_section_s_where_there_is_none(tmp_path: Path) -> None:
    joy = named_update("joy")
    show = recording(tmp_path, TimedUpdate(0.0, joy, priority=7), TimedUpdate(1.0, joy))
    assert [timed.priority for timed in updates({"from": show, "priority": -5})] == [7, -5]


def test_other_inputs_are_skipped_with_a_remark_and_one_file_is_needed(tmp_path: Path) -> None:
    settings = Settings.model_validate({"inputs": ["demo", table(tmp_path, "a.csv", 0.0, 1.0)]})
    assert updates_in(settings).remarks == ["demo: skipped; only files are rendered"]
    with pytest.raises(RenderError, match="expected a file"):
        updates("demo")
