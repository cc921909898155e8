import pytest

from bridge.emotion.names import parts_of
from bridge.emotion.words.table import TABLE, emotion_words, point_of, words


def test_the_table_carries_its_source_and_its_licence() -> None:
    about = TABLE.read_text(encoding="utf-8").split("word,valence")[0]
    for part in ("Glasgow Norms", "Scott", "10.3758/s13428-018-1099-3", "CC BY 4.0", "Changes:"):
        assert part in about


def test_the_numbers_are_within_range_and_every_word_is_lower_case() -> None:
    assert len(words()) > 1000
    for word, point in words().items():
        assert word == word.lower()
        assert all(-1 <= axis <= 1 for axis in point), word


def test_the_name_of_an_emotion_has_its_own_point() -> None:
    assert point_of("furious") == parts_of("anger")[0].point
    assert point_of("scared") == parts_of("fear")[0].point


@pytest.mark.parametrize("word", ["pants", "think", "content", "dis", "no"])
def test_a_name_that_is_an_everyday_word_says_nothing(word: str) -> None:
    assert word not in emotion_words()


@pytest.mark.parametrize(
    ("form", "word"),
    [
        ("bombs", "bomb"),
        ("tortured", "torture"),
        ("torturing", "torture"),
        ("parties", "party"),
        ("stabbed", "stab"),
        ("brilliantly", "brilliant"),
    ],
)
def test_a_form_of_a_word_has_its_point(form: str, word: str) -> None:
    assert point_of(form) == point_of(word) is not None


@pytest.mark.parametrize("word", ["kitchen", "xyzzy", "s", "", "ing"])
def test_a_word_that_is_not_known_has_no_point(word: str) -> None:
    assert point_of(word) is None
