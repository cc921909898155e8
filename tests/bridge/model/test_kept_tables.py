import logging
import os
from pathlib import Path

import numpy as np
import pytest

from bridge.model import kept_tables
from bridge.model.engine import Engine
from bridge.model.kept_tables import table_of

POINTS = np.random.default_rng(0).uniform(-1, 1, (50, 3))


class Bakery:
    """Counts the tables that are made."""

    def __init__(self) -> None:
        self.made = 0


@pytest.fixture
def bakery(monkeypatch: pytest.MonkeyPatch, baked) -> Bakery:
    """Gives the shipped network's table at once, instead of making it each time."""
    counted = Bakery()

    def at_once(network: Engine):
        counted.made += 1
        return baked

    monkeypatch.setattr(kept_tables, "bake", at_once)
    return counted


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def test_a_table_is_made_once_and_read_ever_after(network, bakery, tmp_path):
    first, second = table_of(network, tmp_path), table_of(network, tmp_path)
    assert bakery.made == 1
    np.testing.assert_array_equal(first.run(POINTS), second.run(POINTS))
    assert len(files(tmp_path)) == 1


def test_without_a_file_none_is_made_unless_asked(network, bakery, tmp_path):
    assert table_of(network, tmp_path, make=False) is None
    assert bakery.made == 0
    table_of(network, tmp_path)
    assert table_of(network, tmp_path, make=False) is not None


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[: len(content) // 2],
        lambda content: b"",
        lambda content: b"\x80\x04" + content[2:],
        lambda content: content[:5_000_000] + b"!" + content[5_000_001:],
        lambda content: content + b"more",
        lambda content: content[:40],
    ],
    ids=["cut", "empty", "start", "middle", "longer", "head"],
)
def test_a_damaged_file_is_made_again(network, bakery, tmp_path, damage):
    expected = table_of(network, tmp_path).run(POINTS)
    [file] = files(tmp_path)
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    np.testing.assert_array_equal(table_of(network, tmp_path).run(POINTS), expected)
    assert bakery.made == 2
    assert file.read_bytes() == whole


def test_a_file_of_endless_size_is_not_read(network, bakery, tmp_path):
    table_of(network, tmp_path)
    [file] = files(tmp_path)
    with file.open("r+b") as opened:
        opened.truncate(1 << 40)
    table_of(network, tmp_path)
    assert bakery.made == 2
    assert file.stat().st_size < 1 << 24


def test_each_network_and_slope_has_a_table_of_its_own(network, bakery, tmp_path, random_arrays):
    table_of(network, tmp_path)
    for other in (Engine(random_arrays(0)), Engine(random_arrays(0), 0.2)):
        table_of(other, tmp_path)
    assert bakery.made == 3
    assert len(files(tmp_path)) == 3


def test_the_tables_that_were_used_least_recently_go(network, bakery, tmp_path, random_arrays):
    table_of(network, tmp_path)
    [first] = files(tmp_path)
    for age, seed in enumerate(range(6)):
        table_of(Engine(random_arrays(seed)), tmp_path)
        for file in files(tmp_path):
            if file != first:
                os.utime(file, (file.stat().st_atime, file.stat().st_mtime - 10 + age))
        table_of(network, tmp_path)
    assert len(files(tmp_path)) == 4
    assert first in files(tmp_path)


def test_what_a_killed_process_left_does_not_pile_up(network, bakery, tmp_path):
    for number in range(20):
        (tmp_path / f".half{number}.table").touch()
        os.utime(tmp_path / f".half{number}.table", (0, 0))
    table_of(network, tmp_path)
    assert len(files(tmp_path)) == 4


def test_a_folder_that_cannot_be_written_costs_only_the_file(network, bakery, tmp_path):
    (tmp_path / "file").touch()
    assert table_of(network, tmp_path / "file" / "tables") is not None
    assert bakery.made == 1


def test_a_table_that_differs_too_much_is_refused_with_a_line(
    network, tmp_path, random_arrays, bakery, caplog
):
    """The shipped network's table is far from another network's."""
    caplog.set_level(logging.INFO)
    other = Engine(random_arrays(4))
    for _ in range(2):  # made, then read
        assert table_of(other, tmp_path) is None
    assert bakery.made == 1
    first, second = [record.getMessage() for record in caplog.records]
    assert first == second
    assert first.startswith("engine: the network serves; the table differs from it by up to ")


def test_only_this_user_may_read_the_folder(network, bakery, tmp_path):
    table_of(network, tmp_path / "state" / "tables")
    if os.name == "posix":
        assert (tmp_path / "state" / "tables").stat().st_mode & 0o777 == 0o700
