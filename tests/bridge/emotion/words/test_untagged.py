import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.emotion.words.untagged import Untagged


def texts_of(*pieces: str | None) -> list[str]:
    """The sentences that are given for pieces of text and tags (None)."""
    untagged = Untagged()
    found = []
    for piece in pieces:
        found += untagged.tag() if piece is None else untagged.feed(piece)
    return [sentence.text for sentence in [*found, *untagged.flush()]]


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        (["I won. Hooray!"], ["I won.", "Hooray!"]),
        ([None, "I won. Hooray!"], []),
        ([None, "I won.\nHooray!"], ["Hooray!"]),
        (["I won. ", None, "Hooray!"], ["I won."]),
        (["I won.\n", None, "Hooray!\n", "Bye"], ["I won.", "Bye"]),
        (["I am ", None, "so sad. Really.\r\n", "Bye"], ["Bye"]),
        (["Bye", None], []),
    ],
)
def test_a_tag_counts_until_the_end_of_its_line(
    pieces: list[str | None], expected: list[str]
) -> None:
    assert texts_of(*pieces) == expected


@given(st.text(st.sampled_from("ab .!\n\r"), max_size=60), st.integers(1, 9))
def test_text_without_tags_is_given_whole_however_it_is_cut(text: str, size: int) -> None:
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    assert "".join("".join(texts_of(*pieces)).split()) == "".join(text.split())


def test_a_pause_ends_a_sentence_but_not_the_reach_of_a_tag() -> None:
    untagged = Untagged()
    untagged.feed("I won.")
    assert untagged.may_end
    assert [sentence.text for sentence in untagged.pause()] == ["I won."]
    untagged.tag()
    untagged.feed("Hooray!")
    assert untagged.pause() == []
    assert untagged.feed(" Yes! No") == []


def test_places_are_counted_from_the_start_of_the_whole_text() -> None:
    untagged = Untagged(start=100)
    untagged.feed("So it is. ")
    untagged.tag()
    [sentence] = untagged.feed("no\nI won. Yes")
    assert (sentence.text, sentence.after) == ("I won.", 112)
