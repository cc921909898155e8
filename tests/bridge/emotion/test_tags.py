"""A script for each dialect: what goes in, and what comes out as text and as tags."""

import itertools
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bridge.emotion.scores import Scored
from bridge.emotion.tags import DIALECTS, LONGEST_TAG, Piece, Tag, TagReader

FIXTURES = {
    "Open-LLM-VTuber": ("[joy] Hello there", " Hello there", [[("joy", None)]]),
    "case": ("[Joy]\nHello", "\nHello", [[("Joy", None)]]),
    "aiavatarkit": ("[face:joy]Hi", "Hi", [[("joy", None)]]),
    "aiavatarkit's element": ('<face name="joy"/>Hi', "Hi", [[("joy", None)]]),
    "airi": (
        'So <|ACT {"emotion": {"name": "happy", "intensity": 1}}|>glad',
        "So glad",
        [[("happy", 1.0)]],
    ),
    "airi, short": ('<|ACT {"emotion":"happy"}|>glad', "glad", [[("happy", None)]]),
    "airi waits": ("Well<|DELAY:1|> then", "Well then", [[]]),
    "Synthetic_Heart": ("[em_grin:0.9] hi {happy 8.5} ho", " hi  ho", [
        [("grin", 0.9)],
        [("happy", 0.85)],
    ]),
    "Mistral": ("[emotion=happy] hi", " hi", [[("happy", None)]]),
    "Fish": ("(happy) hi [excited] ho", " hi  ho", [[("happy", None)], [("excited", None)]]),
    "Cartesia": ('<emotion value="sad"/>Oh no', "Oh no", [[("sad", None)]]),
    "an element around text": (
        '<emotion value="sad">Oh no</emotion>!', "Oh no!", [[("sad", None)], []]
    ),
    "LiveKit": (
        '<expr type="expression" label="say playfully"/>Hey', "Hey", [[("playfully", None)]]
    ),
    "Pipecat": ("<<apologetic>> Sorry [[laugh]]", " Sorry ", [
        [("apologetic", None)],
        [("laugh", None)],
    ]),
    "Pipecat's list": (
        "([emotion angry=0.71, neutral=0.20]) What?",
        " What?",
        [[("angry", 0.71), ("neutral", 0.2)]],
    ),
    "role play": ("*smiles* Hi *sighs sadly* ho", " Hi  ho", [
        [("smiles", None)],
        [("sadly", None)],
    ]),
    "an adverb first": ("*nervously laughs*", "", [[("laughs", None)]]),
    "speech recognition": ("<|zh|><|HAPPY|><|Speech|>text", "text", [[], [("HAPPY", None)], []]),
    "a number": ("[happy:0.9] hello", " hello", [[("happy", 0.9)]]),
    "a percentage": ("[happy 90%] hello", " hello", [[("happy", 0.9)]]),
    "a mixture": ("[joy+fear] hello", " hello", [[("joy+fear", None)]]),
    "several": ("[joy:0.7, fear:0.3] hello", " hello", [[("joy", 0.7), ("fear", 0.3)]]),
    "two words": ("[in love] [in_love]", " ", [[("in love", None)], [("in_love", None)]]),
    "other languages": ("[喜び] (гнев) [colère]", "  ", [
        [("喜び", None)],
        [("гнев", None)],
        [("colère", None)],
    ]),
    "emoji": ("[😊] hi", " hi", [[("😊", None)]]),
    "the end of a bracket that was none": ("[[joy] x", "[ x", [[("joy", None)]]),
    "in the middle of a word": ("Good[joy]bye", "Goodbye", [[("joy", None)]]),
    "many": ("[joy][sad] (fear)", " ", [[("joy", None)], [("sad", None)], [("fear", None)]]),
}  # fmt: skip

UNTOUCHED = [
    "Hello there.",
    "[happy](https://example.com) and ![joy](joy.png)",
    "see [1], [x], [todo] and [hand:joy]",
    "`[joy]` and ```\n[joy] (happy) {happy 8.5}\n``` and `a[joy]`",
    "if (x) { return <b>bold</b>; }",
    "this is *very* good, **happy** even, and 2*3*4",
    "*walks over and sits down*",
    "I *happily hug you*",
    '{"emotion": "joy"} {x} {name 1}',
    "a < b and <<b>> and <|nobody|> says <joy>",
    "The app (free) is (kind of) useful (really).",
    "<emotion value=\"glee\"/> <break time='1s'/> <emotional/>",
    "[happy 8.5] is of one",
    "[joy:8+fear:3] has shares that cannot be",
    "[" * 300 + "joy",
    "[joy" + " " * 300 + "]",
    "[] () {} <> ** `` ([]) [[]]",
    "he said [joy",
    "an end of ``` code [joy]",
]


def read(*chunks: str, **settings: object) -> list[Piece]:
    """The pieces that come of chunks of text, with neighbouring text joined."""
    reader = TagReader(**settings)  # type: ignore[arg-type]
    pieces: list[Piece] = []
    for chunk in chunks:
        pieces += reader.feed(chunk)
    pieces += reader.flush()
    joined: list[Piece] = []
    for piece in pieces:
        assert piece if isinstance(piece, str) else piece.text
        if isinstance(piece, str) and joined and isinstance(joined[-1], str):
            joined[-1] += piece
        else:
            joined.append(piece)
    return joined


def text_of(pieces: list[Piece]) -> str:
    return "".join(piece for piece in pieces if isinstance(piece, str))


def tags_of(pieces: list[Piece]) -> list[list[tuple[str, float | None]]]:
    return [[tuple(s) for s in piece.scores] for piece in pieces if isinstance(piece, Tag)]


@pytest.mark.parametrize("dialect", FIXTURES)
def test_each_dialects_tags_are_taken_out_and_understood(dialect: str):
    sent, text, tags = FIXTURES[dialect]
    pieces = read(sent)
    assert text_of(pieces) == text
    assert tags_of(pieces) == tags


@pytest.mark.parametrize("text", UNTOUCHED, ids=lambda text: text[:30])
def test_what_is_not_a_tag_passes_untouched(text: str):
    assert read(text) == [text]


@pytest.mark.parametrize(
    "text", [*UNTOUCHED, *(sent for sent, _, _ in FIXTURES.values())], ids=lambda text: text[:30]
)
def test_wherever_the_text_is_cut_the_pieces_are_the_same(text: str):
    whole = read(text)
    assert read(*text) == whole  # a character at a time
    for place in range(len(text)):
        assert read(text[:place], text[place:]) == whole, text[:place]


FRAGMENTS = st.sampled_from(
    [
        *["[", "]", "[[", "]]", "(", ")", "{", "}", "<|", "|>", "<<", ">>", "<", "/>", ">", "*"],
        *["`", "```", "\n", " ", "+", ",", ":", "=", "0.9", "8.5", "%", '"', "joy", "fear", "in"],
        *["love", "face", "emotion", " name=", "em_", "smiles", "sadly", "ACT", "DELAY:1", "the"],
        *["😊", "é", "e\u0301", "喜", "び", "[joy]", "(happy)", "*sighs*", '<face name="joy"/>'],
    ]
)


@given(st.lists(FRAGMENTS, max_size=20), st.lists(st.integers(0, 60), max_size=5))
@example(["[", "joy", ",", " ", "0.9", "]"], [5])
def test_any_text_cut_anywhere_loses_and_doubles_nothing(parts: list[str], cuts: list[int]):
    text = "".join(parts)
    places = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    chunks = [text[a:b] for a, b in itertools.pairwise(places)]
    pieces = read(*chunks)
    assert pieces == read(text)
    assert "".join(p if isinstance(p, str) else p.text for p in pieces) == text


# --- as soon as it is certain


def test_text_passes_at_once_and_a_tag_as_soon_as_it_is_complete():
    reader = TagReader()
    assert reader.feed("Hello ") == ["Hello "]
    assert reader.feed("(hap") == []
    assert reader.held == "(hap"
    assert reader.feed("py)") == [Tag("(happy)", (Scored("happy"),))]
    assert reader.held == ""


def test_a_bracket_waits_for_one_character_more_because_it_may_be_a_link():
    reader = TagReader()
    assert reader.feed("[joy]") == []
    assert reader.feed(" ") == [Tag("[joy]", (Scored("joy"),)), " "]
    assert reader.feed("[joy]") == []
    assert reader.flush() == [Tag("[joy]", (Scored("joy"),))]


@pytest.mark.parametrize(
    ("begun", "held"),
    [
        ("see [jo", "[jo"),
        ("see [joz", ""),
        ("see [the ", ""),
        ("see (this i", ""),
        ("see <fa", "<fa"),
        ("see <b", ""),
        ("see *sm", "*sm"),
        ("see *very", ""),
        ("see {happy 8", "{happy 8"),
        ("see <|AC", "<|AC"),
        ("see [joy\n", ""),
        ("see ([emo", "([emo"),
        ("see ([other", ""),
    ],
)
def test_half_a_tag_is_held_only_while_it_can_become_one(begun: str, held: str):
    reader = TagReader()
    pieces = reader.feed(begun)
    assert reader.held == held
    assert text_of(pieces) + held == begun
    assert reader.flush() == ([held] if held else [])
    assert reader.held == ""


def test_no_more_is_ever_held_than_the_longest_tag():
    reader = TagReader()
    passed = reader.feed("<|")
    for _ in range(500):
        passed += reader.feed("A")
        assert len(reader.held) < LONGEST_TAG
    assert text_of(passed) + reader.held == "<|" + "A" * 500


def test_only_the_dialects_that_are_asked_for_are_tags():
    text = "[joy] (sad) *smiles*"
    assert read(text, dialects=["parentheses"]) == [
        "[joy] ",
        Tag("(sad)", (Scored("sad"),)),
        " *smiles*",
    ]
    assert read(text, dialects=[]) == [text]
    assert len(read(text, dialects=DIALECTS)) == 5


def test_after_so_many_openings_the_rest_is_text():
    pieces = read("[x] (joy) [x] (joy)", most_openings=2)
    assert tags_of(pieces) == [[("joy", None)]]
    assert text_of(pieces) == "[x]  [x] (joy)"


def test_a_long_answer_full_of_brackets_takes_no_time():
    text = "[a] (b) <c> *d* {e 1} `f` [joy] " * 128
    began = time.perf_counter()
    read(*(text[place : place + 20] for place in range(0, len(text), 20)))
    assert time.perf_counter() - began < 1.0  # of which it takes a tenth
