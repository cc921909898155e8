"""The setting `record`."""

import os
from pathlib import Path

import pytest

from bridge.config.reading import ConfigError, read_settings
from bridge.config.recording import RecordSection
from bridge.config.settings import Settings


def test_a_file_alone_is_enough():
    record = Settings.model_validate({"record": "show.jsonl.gz"}).record
    assert record.file == Path("show.jsonl.gz")
    assert (record.stream, record.suffix, record.name) == ("*", ".jsonl.gz", "record show.jsonl.gz")
    assert Settings.model_validate({}).record is None


def test_a_csv_has_the_main_stream_unless_another_is_named():
    assert Settings.model_validate({"record": "take.csv"}).record.stream == "main"
    named = {"record": {"file": "take.csv", "stream": "bob"}}
    assert Settings.model_validate(named).record.stream == "bob"


def test_a_recording_is_one_more_output_that_makes_no_stream():
    settings = Settings.model_validate({"record": "show.jsonl", "outputs": "vmc"})
    assert settings.all_outputs == [*settings.outputs, settings.record]
    assert len(settings.outputs) == 1


def test_another_model_begins_another_recording(tmp_path):
    plain = RecordSection.model_validate({"file": "show.jsonl"})
    model = tmp_path / "mine.safetensors"
    model.touch()
    mine = plain.with_model(model)
    assert plain.with_model(None) == plain != mine
    assert mine == plain.with_model(model)
    os.utime(model, (1, 1))  # another training wrote it
    assert mine != plain.with_model(model)


def test_a_relative_path_starts_at_the_folder_of_the_configuration(tmp_path):
    config = tmp_path / "a.yaml"
    config.write_text("record: show.jsonl\ninputs: file:table.csv\n")
    (tmp_path / "table.csv").touch()
    settings = read_settings(config)
    assert settings.record.file == tmp_path / "show.jsonl"
    assert settings.inputs[0].path == tmp_path / "table.csv"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("record: show.mp4", ":1: record.file: 'show.mp4': expected a name that ends in .jsonl.gz"),
        ("record: no/show.jsonl", "no': no such folder"),
        ("record: {file: a.csv, stream: '*'}", "stream '*': a .csv has one stream"),
        ("record: {file: a.jsonl, stream: a/b}", "'a/b' is not a name that a stream may have"),
        ("record: {file: a.jsonl, kep: 3}", "record.kep: no such setting; did you mean keep?"),
        (
            "record: table.csv\ninputs: file:table.csv",
            "this file is also an input; choose another one",
        ),
        ("inputs: file:none.csv", "none.csv': no such file"),
        ("inputs: 'file:'", "expected the path of a file, as in file:show.jsonl.gz"),
        ("inputs: ['file:table.csv', 'file:table.csv']", "duplicate input file:table.csv"),
        ("inputs: 'file:table.csv?stream=a/b'", "'a/b' is not a name"),
    ],
)
def test_a_mistake_is_named(tmp_path, text, why):
    (tmp_path / "table.csv").touch()
    config = tmp_path / "a.yaml"
    config.write_text(text + "\n")
    with pytest.raises(ConfigError) as mistake:
        read_settings(config)
    assert why in str(mistake.value)
