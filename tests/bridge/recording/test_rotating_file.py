"""A recording is bounded, and what a killed program leaves can be read."""

import gzip
import os
import random
import stat
from pathlib import Path

import pytest

from bridge.recording.rotating_file import RotatingFile
from bridge.recording.text_file import open_text, whole_lines

PACKED, PLAIN = ".jsonl.gz", ".jsonl"


def made(path: Path, *, most_bytes: float = 1e9, keep: int = 2) -> RotatingFile:
    suffix = PACKED if path.name.endswith(PACKED) else PLAIN
    return RotatingFile(path, suffix, most_bytes, keep, "header")


def lines(path: Path) -> list[str]:
    with open_text(path) as file:
        return [line for _, line in whole_lines(file)]


@pytest.mark.parametrize("name", ["show.jsonl.gz", "show.jsonl"])
def test_what_was_flushed_can_be_read_although_the_file_was_never_closed(tmp_path, name):
    path = tmp_path / name
    file = made(path)
    file.write("one\ntwo\n")
    file.flush()
    file.write("three\n")
    assert lines(path)[:3] == ["header", "one", "two"]
    file.close()
    assert lines(path) == ["header", "one", "two", "three"]


def test_a_closed_file_is_sound_gzip(tmp_path):
    path = tmp_path / "show.jsonl.gz"
    file = made(path)
    file.write("夜\n")
    file.close()
    assert gzip.decompress(path.read_bytes()).decode() == "header\n夜\n"
    assert file.bytes == path.stat().st_size


@pytest.mark.parametrize("name", ["show.jsonl.gz", "show.jsonl"])
def test_files_are_rotated_by_size_and_the_oldest_is_deleted(tmp_path, name):
    file = made(tmp_path / name, most_bytes=400, keep=2)
    noise = random.Random(1)
    written = [f"{number} {noise.random()}" for number in range(400)]
    for line in written:
        file.write(f"{line}\n")
        file.flush()
    file.close()
    suffix = name.removeprefix("show")
    names = [f"show.2{suffix}", f"show.1{suffix}", name]
    assert {path.name for path in tmp_path.iterdir()} == set(names)
    kept = []
    for earlier in names:
        first, *rest = lines(tmp_path / earlier)
        assert first == "header"
        assert (tmp_path / earlier).stat().st_size < 500
        kept += rest
    assert kept == written[-len(kept) :]


def test_a_file_that_exists_is_kept_under_another_name(tmp_path):
    path = tmp_path / "show.jsonl"
    path.write_text("yesterday\n")
    made(path).close()
    assert (tmp_path / "show.1.jsonl").read_text() == "yesterday\n"
    assert lines(path) == ["header"]


def test_with_nothing_to_keep_the_file_is_replaced(tmp_path):
    path = tmp_path / "show.jsonl"
    path.write_text("yesterday\n")
    made(path, keep=0).close()
    assert [path.name for path in tmp_path.iterdir()] == ["show.jsonl"]
    assert lines(path) == ["header"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_only_the_user_may_read_a_recording(tmp_path):
    made(tmp_path / "show.jsonl").close()
    assert stat.S_IMODE((tmp_path / "show.jsonl").stat().st_mode) == 0o600


def test_attempts_on_a_full_disk_leave_the_earlier_files_alone(tmp_path, monkeypatch):
    path = tmp_path / "show.jsonl.gz"
    for text in ("older\n", "old\n"):
        file = made(path)
        file.write(text)
        file.close()

    def full(descriptor: int, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    for _ in range(5):
        with pytest.raises(OSError, match="No space"):
            made(path)
    assert lines(tmp_path / "show.1.jsonl.gz") == ["header", "old"]
    assert lines(tmp_path / "show.2.jsonl.gz") == ["header", "older"]
    assert not path.exists()


def test_what_was_written_before_an_error_is_kept_if_it_is_worth_it(tmp_path):
    path = tmp_path / "show.jsonl"
    file = made(path)
    file.write("x" * 100_000 + "\n")
    file.give_up()
    assert path.stat().st_size > 100_000
