"""What settings an embedded bridge has, and how a mistake in them reads."""

import pytest

from bridge.config.reading import ConfigError
from bridge.embedded.settings import read_embedded


def test_without_inputs_there_are_none_so_that_stdin_stays_the_programs(tmp_path):
    file = tmp_path / "config.yaml"
    file.write_text("outputs: vmc://127.0.0.1:40000\n")
    assert read_embedded(None, {}).inputs == []
    assert read_embedded(file, {}).inputs == []
    assert [s.from_ for s in read_embedded({"inputs": "stdin"}, {}).inputs] == ["stdin"]


def test_what_is_given_replaces_what_the_file_or_the_dict_says(tmp_path):
    file = tmp_path / "config.yaml"
    file.write_text("fps: 30\noutputs: vmc://127.0.0.1:40000\n")
    given = {"outputs": ["vmc://127.0.0.1:40001"]}
    for configuration in (file, str(file), {"fps": 30, "outputs": "vmc://127.0.0.1:40000"}):
        read = read_embedded(configuration, given)
        assert (read.fps, [o.to for o in read.outputs]) == (30, ["vmc://127.0.0.1:40001"])


def test_a_mistake_names_the_file_and_line_or_the_call(tmp_path):
    file = tmp_path / "config.yaml"
    file.write_text("fps: 30\nfsp: 60\n")
    with pytest.raises(ConfigError, match=r"config\.yaml:2: fsp: no such setting; did you mean"):
        read_embedded(file, {})
    with pytest.raises(ConfigError, match=r"^Bridge\(\): fps: 0: expected greater than"):
        read_embedded({"fps": 0}, {})
    with pytest.raises(ConfigError, match="expected the path of a file or a dict, not int"):
        read_embedded(3, {})
