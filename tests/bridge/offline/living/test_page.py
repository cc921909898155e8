"""The page about the living face shows what the code does."""

from bridge.offline.living.page import PAGE, PICTURE, table, with_table
from bridge.offline.living.statistics import Statistic


def test_the_table_has_a_row_for_each_statistic():
    some = [
        Statistic("rate", (16.64,), "17 (8–21)", 8, 21, "people", 1),
        Statistic("share", (0.494,), ".52", 0.5, 0.6, "people"),
        Statistic("time", (66.7, 100.0), "50–100", 49, 101, "a recording", 0),
        Statistic("same", (0.42, 0.421), "below 1.2", 0, 1.2, "a recording"),
        Statistic("nothing", (0.0,), "none", 0, 0, "a recording", 0),
        Statistic("whole", (10.04,), "10", 0, 11, "a recording", 1),
    ]
    assert table(some).splitlines()[2:] == [
        "| rate | 16.6 | 17 (8–21) | people | ✓ |",
        "| share | .49 | .52 | people | ✗ |",
        "| time | 67–100 | 50–100 | a recording | ✓ |",
        "| same | .42 | below 1.2 | a recording | ✓ |",
        "| nothing | 0 | none | a recording | ✓ |",
        "| whole | 10.0 | 10 | a recording | ✓ |",
    ]


def test_a_new_table_takes_the_place_of_the_old_one_and_the_text_stays():
    page = "before\n<!-- statistics -->\nold\n<!-- end -->\nafter\n"
    new = with_table(page, [])
    assert new.startswith("before\n<!-- statistics -->\n| what |")
    assert new.endswith("<!-- end -->\nafter\n")
    assert "old" not in new


def test_the_table_of_the_page_is_what_is_measured(half_an_hour):
    page = PAGE.read_text(encoding="utf-8")
    assert with_table(page, half_an_hour) == page, "run python -m bridge.offline.living.page"


def test_the_page_shows_its_picture():
    assert PICTURE.exists()
    assert f"({PICTURE.name})" in PAGE.read_text(encoding="utf-8")
