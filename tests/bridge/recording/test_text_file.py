"""Files that are packed, cut short or written on Windows are read as far as they go."""

import gzip
from pathlib import Path

import pytest

from bridge.recording.text_file import FileError, bounded_lines, open_text, whole_lines

LINES = [f"line {number}" for number in range(5000)]
TEXT = "".join(f"{line}\n" for line in LINES)


def read(path: Path) -> list[str]:
    with open_text(path) as file:
        return [text for _, text in whole_lines(file)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_file_is_read_in_the_encoding_that_it_has(tmp_path, encoding):
    path = tmp_path / "a.txt"
    path.write_text("夜\nhappy\n", encoding=encoding)
    assert read(path) == ["夜", "happy"]


def test_a_packed_file_is_unpacked_whatever_its_name(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(gzip.compress(TEXT.encode()))
    assert read(path) == LINES


def test_two_packed_files_one_behind_the_other_are_one(tmp_path):
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(b"one\n") + gzip.compress(b"two\n"))
    assert read(path) == ["one", "two"]


@pytest.mark.parametrize("kept", [0.9, 0.5, 0.1])
def test_a_packed_file_that_is_cut_ends_with_its_last_whole_line(tmp_path, kept):
    path = tmp_path / "a.gz"
    packed = gzip.compress(TEXT.encode())
    path.write_bytes(packed[: int(len(packed) * kept)])
    found = read(path)
    assert found == LINES[: len(found)]
    assert len(found) > len(LINES) * (kept - 0.1) * 0.5


def test_half_a_line_at_the_end_is_not_a_line(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("one\ntwo\nthr")
    assert read(path) == ["one", "two"]


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileError, match=r"none\.csv: no such file"):
        open_text(tmp_path / "none.csv")


def test_a_line_without_an_end_takes_no_more_memory_than_a_long_line(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(gzip.compress(b"1" * 50_000_000, 1))
    with open_text(path) as file, pytest.raises(FileError, match="a line is longer than 1048576"):
        list(bounded_lines(file, path))
    assert read(path) == []
