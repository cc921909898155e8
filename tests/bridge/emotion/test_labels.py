import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.emotion.labels import read_labels, scaled_scores, split_score
from bridge.emotion.scale import UNSCALED, Scale, Scales
from bridge.emotion.scores import Scored
from bridge.emotion.update import UpdateError

JOY, FEAR = Scored("joy", 0.9), Scored("fear", 0.1)


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("joy", [Scored("joy")]),
        ("in love", [Scored("in love")]),
        ("Surprise (positive)", [Scored("Surprise (positive)")]),
        ("joy 0.9", [JOY]),
        ("joy\t0.9", [JOY]),
        ("joy: 0.9", [JOY]),
        ("joy:0.9", [JOY]),
        ("joy=0.9", [JOY]),
        ("joy (0.9)", [JOY]),
        ("joy(0.9)", [JOY]),
        ("joy 90%", [JOY]),
        ("joy 90 %", [JOY]),
        ("joy, 0.9", [JOY]),
        ("joy 0,9", [JOY]),
        ("joy+fear", [Scored("joy+fear")]),
        ("joy + fear 0.9", [Scored("joy + fear", 0.9)]),
        ("joy:0.7+fear:0.3", [Scored("joy:0.7+fear:0.3")]),
        ("joy:0.7+fear:0.3 0.9", [Scored("joy:0.7+fear:0.3", 0.9)]),
        ("joy 0.9, fear 0.1", [JOY, FEAR]),
        ("joy 0.9; fear 0.1", [JOY, FEAR]),
        ("joy 0.9\nfear 0.1", [JOY, FEAR]),
        ("joy=0.9 fear=0.1", [JOY, FEAR]),
        ("joy, fear", [Scored("joy"), Scored("fear")]),
        ("😊", [Scored("😊")]),
        ("😊 😢😊", [Scored("😊+😢")]),
        ("😊 0.9", [Scored("😊", 0.9)]),
        ("Joy!", [Scored("Joy")]),
    ],
)
def test_a_text_of_labels_alone_is_those_labels(text, labels):
    found = read_labels(text)
    assert found is not None
    assert found[0] == tuple(labels)


@pytest.mark.parametrize(
    "text",
    ["", "hello", "joy and fear", "joy, hello", "0.9", "0.9 joy", "joy 0.5 0.6", "joy+", "🚀"],
)
def test_a_text_with_anything_else_is_not(text):
    assert read_labels(text) is None


def test_an_intensity_is_on_the_scale_of_the_source():
    assert read_labels("joy 85", Scales(intensity=Scale(0, 100))) == ((Scored("joy", 0.85),), "")
    with pytest.raises(UpdateError, match="85 is outside 0 to 1"):
        read_labels("joy 85")


def test_an_intensity_a_little_outside_is_clamped():
    assert read_labels("joy 1.03") == ((Scored("joy", 1.0),), "intensity 1.03 is outside 0 to 1")


def test_several_scores_without_a_scale_stay_as_they_are():
    labels = [Scored("joy", 90.0), Scored("fear", 10.0)]
    assert scaled_scores(list(labels), UNSCALED) == (tuple(labels), "")
    scaled, _ = scaled_scores(list(labels), Scales(intensity=Scale(0, 200)))
    assert scaled == (Scored("joy", 0.45), Scored("fear", 0.05))


@pytest.mark.parametrize(
    ("item", "name", "score"),
    [("joy 0.9", "joy", 0.9), ("0.9", "", 0.9), ("joy", "joy", None), ("a:b:0.5", "a:b", 0.5)],
)
def test_a_number_at_the_end_is_the_score(item, name, score):
    assert split_score(item) == (name, score)


@given(st.text(alphabet="joyfear 0.9:=(),;+%\n😊", max_size=40))
def test_any_text_is_labels_or_not_or_the_documented_error(text):
    try:
        found = read_labels(text)
    except UpdateError as refusal:
        assert str(refusal)
    else:
        assert found is None or all(isinstance(scored, Scored) for scored in found[0])
