import math

import pytest

from bridge.emotion.reading import parse_update
from bridge.emotion.update import named_update
from bridge.inputs.terminal import HELP, answer, command


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("help", "help"),
        ("?", "help"),
        ("Quit", "quit"),
        ("exit", "quit"),
        ("demo", "demo"),
        ("joy", None),
        ("help me", None),
    ],
)
def test_a_few_words_are_commands(text: str, meant: str | None) -> None:
    assert command(text) == meant


def test_every_example_of_the_help_is_understood() -> None:
    examples = [example for line in HELP[:3] for example in line.partition(": ")[2].split(" · ")]
    assert len(examples) == 5
    for example in examples:
        parse_update(example)


def test_the_first_answer_says_when_other_inputs_count_again() -> None:
    joy = named_update("joy", 0.5)
    assert answer(joy, 20.0, first=True) == ("joy 0.5 for 20 s; then other inputs count again")
    assert "until you type another" in answer(joy, math.inf, first=True)


def test_later_answers_are_short() -> None:
    assert answer(named_update("joy", 0.5), math.inf, first=False) == "joy 0.5"
    assert answer(named_update("joy", hold=3.0), math.inf, first=False) == "joy 1 for 3 s"
    assert answer(named_update("joy", stream="bob"), math.inf, first=False) == "joy 1 for bob"
