from collections.abc import Callable

Run = Callable[..., tuple[int, str, str]]


def test_every_emotion_is_listed_with_its_point(run: Run) -> None:
    status, out, _ = run("emotions")
    assert status == 0
    lines = out.splitlines()
    assert len(lines) > 150
    [anger] = [line for line in lines if line.startswith("anger ")]
    assert anger.split()[1:4] == ["-0.70", "+0.80", "+0.70"]


def test_a_word_shows_the_names_and_other_names_that_contain_it(run: Run) -> None:
    status, out, _ = run("emotions", "JOY")
    assert status == 0
    _, *lines = out.splitlines()
    assert any(line.startswith("happiness ") and "joy" in line for line in lines)
    assert all("joy" in line for line in lines)
    assert len(lines) < 20


def test_a_misspelt_word_is_answered_with_the_names_that_are_near(run: Run) -> None:
    status, out, err = run("emotions", "hapiness")
    assert status != 0
    assert "happiness" in out + err


def test_an_unknown_word_is_reported(run: Run) -> None:
    status, out, err = run("emotions", "xyzzy")
    assert status == 1
    assert "xyzzy" in out + err
