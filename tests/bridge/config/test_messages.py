from collections.abc import Callable

import pytest

from bridge.config.input_section import InputSection
from bridge.config.settings import Settings
from bridge.emotion.reading import ReadingSettings

Read = Callable[[str], Settings]
Mistakes = Callable[[str], list[str]]


def test_without_settings_messages_are_read_as_they_usually_are(read: Read) -> None:
    inputs = read("inputs: [stdin, demo, 'osc://:9130', 'mqtt://h/a']").inputs
    assert [source.reading for source in inputs] == [ReadingSettings()] * 4


def test_the_settings_of_an_input_say_how_its_messages_are_read(read: Read) -> None:
    [source] = read(
        "inputs:\n  - from: stdin\n    columns: [time, valence, arousal]\n"
        "    fields: {stream: npc.id, emotion: mood, intensity: level}\n"
        "    dominance: keep\n    labels: latest\n"
    ).inputs
    assert isinstance(source, InputSection)
    assert source.reading == ReadingSettings(
        columns=("time", "valence", "arousal"),
        fields={"stream": "npc.id", "emotion": "mood", "intensity": "level"},
        dominance="keep",
        labels="latest",
    )


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        ("columns: [time, valance, arousal]", "'valance': did you mean valence?"),
        ("columns: [time, valence]", "expected valence and arousal among them, or emotion"),
        ("columns: [valence, arousal, valence]", "a column is named twice"),
        ("columns: [Valence, arousal]", "did you mean valence?"),
        ("fields: {emotoin: mood}", "did you mean emotion?"),
        ("fields: {who: npc}", "unknown field 'who'; expected one of valence"),
        ("dominance: guess", "expected 'estimate' or 'keep'"),
        ("labels: first", "expected 'together' or 'latest'"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(mistakes: Mistakes, setting: str, reason: str) -> None:
    [line] = mistakes(f"inputs:\n  - from: stdin\n    {setting}\n")
    assert line.startswith("3: inputs[1].")
    assert reason in line


def test_columns_without_a_meaning_may_repeat(read: Read) -> None:
    [source] = read("inputs: [{from: stdin, columns: [skip, skip, valence, arousal]}]").inputs
    assert len(source.reading.columns) == 4
