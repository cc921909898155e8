import json
import math
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bridge.emotion.points import Part, Vad
from bridge.emotion.update import (
    LONGEST_TEXT,
    Update,
    UpdateError,
    named_update,
    parse_update,
    point_update,
)

HAPPINESS = (0.80, 0.60, 0.50)
FEAR = (-0.70, 0.80, -0.30)
IN_LOVE = (0.82, 0.65, -0.05)


def refusal_of(text: str) -> str:
    with pytest.raises(UpdateError) as refusal:
        parse_update(text)
    return str(refusal.value)


# --- three numbers


@pytest.mark.parametrize(
    "text",
    [
        "0.8 0.6 0.5",
        "0.8,0.6,0.5",
        "0.8, 0.6, 0.5",
        "  0.8\t0.6   0.5\r\n",
        "+.8 6e-1 0.50",
        "0.8 ,0.6 ,0.5",
    ],
)
def test_three_numbers_by_spaces_or_commas_are_a_point(text):
    point = Vad(0.8, 0.6, 0.5)
    assert parse_update(text) == Update((Part(point, 1.0),), "+0.80 +0.60 +0.50")


def test_an_update_that_says_no_more_leaves_the_rest_to_its_source():
    update = parse_update("0.8 0.6 0.5")
    assert (update.stream, update.hold, update.fade, update.clamped) == ("main", None, None, "")


@pytest.mark.parametrize("text", ["0.5", "0.5 0.5", "0.1 0.2 0.3 0.4", "0,8 0,6 0,5"])
def test_fewer_or_more_than_three_numbers_are_refused_with_their_count(text):
    count = len(text.replace(",", " ").split())
    assert refusal_of(text).endswith(f"not {count}")
    assert "three" in refusal_of(text)


@pytest.mark.parametrize("text", ["2 0 0", "0 -1.5 0", "0 0 1e300", "1.001 0 0", "3 -3 3"])
def test_numbers_outside_the_cube_are_clamped_and_it_says_so(text):
    update = parse_update(text)
    wanted = tuple(max(-1.0, min(1.0, float(word))) for word in text.split())
    assert update.target == wanted
    assert "outside -1 to 1" in update.clamped


def test_what_is_said_about_clamping_is_short_and_shows_the_number_that_was_outside():
    assert "1.001" in parse_update("1.001 0 0").clamped
    assert len(parse_update("1e300 0 0").clamped) < 100


@pytest.mark.parametrize("text", ["1 1 1", "-1 -1 -1", "0 0 0", "-0 0 1.0"])
def test_the_edge_of_the_cube_is_not_clamped(text):
    assert parse_update(text).clamped == ""


@pytest.mark.parametrize("word", ["nan", "NaN", "-nan", "inf", "-inf", "Infinity", "1e999"])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_nan_and_infinity_are_refused_wherever_they_stand(word, place):
    words = ["0.1", "0.2", "0.3"]
    words[place] = word
    assert "not finite" in refusal_of(" ".join(words))


# --- a name


@pytest.mark.parametrize(
    ("text", "target", "label"),
    [
        ("happiness", HAPPINESS, "happiness 1"),
        ("Joy", HAPPINESS, "joy 1"),
        ("fear 1", FEAR, "fear 1"),
        ("fear,1.0", FEAR, "fear 1"),
        ("in love", IN_LOVE, "in love 1"),
        ("in_love 1", IN_LOVE, "in_love 1"),
        ("neutral", (0.0, 0.0, 0.0), "neutral 1"),
    ],
)
def test_a_name_alone_or_with_an_intensity_is_an_emotion(text, target, label):
    update = parse_update(text)
    assert (update.target, update.label) == (target, label)


def test_an_intensity_scales_a_name_of_one_or_several_words():
    assert parse_update("happiness 0.9").target == pytest.approx((0.72, 0.54, 0.45))
    assert parse_update("in love 0.5").target == pytest.approx((0.41, 0.325, -0.025))


@pytest.mark.parametrize("name", ["happiness+surprise", "happiness + surprise", "Joy +surprised"])
def test_a_mixture_may_be_typed_with_or_without_spaces(name):
    # 0.7 × the middle of (0.8, 0.6, 0.5) and (0.3, 0.9, 0.2)
    assert parse_update(f"{name} 0.7").target == pytest.approx((0.385, 0.525, 0.245))


@pytest.mark.parametrize(("said", "used"), [("1.5", 1.0), ("-1", 0.0), ("1e300", 1.0)])
def test_an_intensity_out_of_range_is_clamped_and_it_says_so(said, used):
    update = parse_update(f"fear {said}")
    assert update.target == pytest.approx(tuple(used * axis for axis in FEAR))
    assert "outside 0 to 1" in update.clamped


@pytest.mark.parametrize("intensity", ["nan", "inf", "-inf"])
def test_an_intensity_that_is_not_finite_is_refused(intensity):
    assert "not finite" in refusal_of(f"joy {intensity}")


def test_an_unknown_name_is_refused_with_what_was_probably_meant():
    assert "happiness" in refusal_of("hapiness 0.9")


@pytest.mark.parametrize("text", ["0.9 happiness", "joy 0.5 0.6", "joy fear", "joy + 0.5", "joy+"])
def test_words_in_no_known_arrangement_are_refused(text):
    assert "unknown emotion" in refusal_of(text)


@pytest.mark.parametrize("text", ["", " ", "\n", "\t \r\n"])
def test_nothing_is_refused_as_nothing(text):
    assert refusal_of(text) == "the text is empty"


@pytest.mark.parametrize("text", [",", ", ,", "+", "\x00", '"joy"', "null", "#joy"])
def test_signs_without_a_meaning_are_refused(text):
    refusal_of(text)


# --- the tags of chatbots


@pytest.mark.parametrize(
    "tag",
    ["[joy]", "[Joy]", "[face:joy]", '<face name="joy"/>', "<face name='joy' />", " [joy]\n"],
)
def test_a_chatbots_tag_is_the_name_in_it(tag):
    assert parse_update(tag).target == HAPPINESS


@pytest.mark.parametrize("text", ["[joy] 0.5", "[face:joy] 0.5", "[joy], 0.5", "[joy]\t0.5"])
def test_an_intensity_may_follow_a_tag(text):
    assert parse_update(text).target == pytest.approx((0.4, 0.3, 0.25))


@pytest.mark.parametrize("tag", ["[in love]", "[in_love]", '<face name="in love"/>'])
def test_a_tag_may_hold_a_name_of_two_words(tag):
    assert parse_update(tag).target == IN_LOVE


@pytest.mark.parametrize(
    "text", ["[]", "[joy", "joy]", "[[joy]]", "[hand:joy]", "<face/>", "<joy>"]
)
def test_a_tag_of_another_kind_is_refused(text):
    refusal_of(text)


# --- JSON


@pytest.mark.parametrize(
    "text",
    [
        '{"valence": 0.8, "arousal": 0.6, "dominance": 0.5}',
        '{"vad": [0.8, 0.6, 0.5]}',
        '{"emotion": "happiness"}',
        '{"emotion": "joy", "intensity": 1}',
        '{"emotion": "joy", "intensity": null, "hold": null, "fade": null}',
        ' {\n "vad":\t[0.8, 0.6, 0.5] } ',
    ],
)
def test_json_has_three_ways_to_say_a_target(text):
    assert parse_update(text).target == HAPPINESS


def test_json_may_name_stream_hold_and_fade():
    update = parse_update('{"emotion": "fear", "stream": "bob", "hold": 2.5, "fade": 0}')
    assert (update.target, update.stream, update.hold, update.fade) == (FEAR, "bob", 2.5, 0.0)


def test_json_may_hold_forever():
    assert parse_update('{"vad": [0, 0, 1], "hold": "forever"}').hold == math.inf


def test_json_integers_are_numbers():
    assert parse_update('{"vad": [1, 0, -1], "hold": 3, "fade": 1}').target == (1.0, 0.0, -1.0)


def test_json_out_of_range_is_clamped_like_the_rest():
    update = parse_update('{"vad": [2, 0, 0]}')
    assert (update.target, bool(update.clamped)) == ((1.0, 0.0, 0.0), True)
    update = parse_update('{"emotion": "fear", "intensity": 7}')
    assert (update.target, bool(update.clamped)) == (FEAR, True)


@pytest.mark.parametrize(
    ("text", "part_of_the_reason"),
    [
        ("{", "JSON"),
        ("{}", "expected either"),
        ('{"emotion": "joy",}', "JSON"),
        ('{"emotion": "joy"} {"emotion": "joy"}', "JSON"),
        ('{"emotion": "joy", "vad": [0, 0, 0]}', "expected either"),
        ('{"valence": 0, "vad": [0, 0, 0]}', "expected either"),
        ('{"stream": "main", "hold": 1}', "expected either"),
        ('{"valence": 0.5}', "together"),
        ('{"valence": 0.5, "arousal": 0.5}', "together"),
        ('{"vad": [0, 0]}', "three numbers"),
        ('{"vad": [0, 0, 0, 0]}', "three numbers"),
        ('{"vad": "0 0 0"}', "three numbers"),
        ('{"vad": {"v": 0}}', "three numbers"),
        ('{"vad": null}', "three numbers"),
        ('{"vad": [0, "0", 0]}', "number"),
        ('{"vad": [true, 0, 0]}', "number"),
        ('{"vad": [null, 0, 0]}', "number"),
        ('{"vad": [NaN, 0, 0]}', "not finite"),
        ('{"vad": [0, Infinity, 0]}', "not finite"),
        ('{"vad": [0, 0, -1e999]}', "not finite"),
        ('{"vad": [1' + 400 * "0" + ", 0, 0]}", "not finite"),
        ('{"emotion": 1}', "emotion: expected text"),
        ('{"emotion": null}', "unknown emotion"),
        ('{"emotion": "hapiness"}', "happiness"),
        ('{"emotion": "joy", "intensity": "much"}', "intensity: expected a number"),
        ('{"emotion": "joy", "intensity": true}', "intensity: expected a number"),
        ('{"emotion": "joy", "intensity": NaN}', "not finite"),
        ('{"vad": [0, 0, 0], "intensity": 1}', "intensity is only allowed with emotion"),
        ('{"emotion": "joy", "hold": 0}', "hold 0"),
        ('{"emotion": "joy", "hold": -1}', "hold -1"),
        ('{"emotion": "joy", "hold": NaN}', "not finite"),
        ('{"emotion": "joy", "hold": "long"}', "hold: expected"),
        ('{"emotion": "joy", "hold": true}', "hold: expected"),
        ('{"emotion": "joy", "fade": -0.1}', "fade -0.1"),
        ('{"emotion": "joy", "fade": Infinity}', "not finite"),
        ('{"emotion": "joy", "fade": NaN}', "not finite"),
        ('{"emotion": "joy", "fade": "forever"}', "fade: expected"),
        ('{"emotion": "joy", "stream": 7}', "stream: expected text"),
    ],
)
def test_json_that_makes_no_sense_is_refused_with_the_reason(text, part_of_the_reason):
    assert part_of_the_reason in refusal_of(text)


@pytest.mark.parametrize("axis", ["valence", "arousal", "dominance"])
def test_an_axis_that_is_no_number_is_named(axis):
    said = {"valence": 0, "arousal": 0, "dominance": 0, axis: "x"}
    assert refusal_of(json.dumps(said)).startswith(f"{axis}: expected a number")


def test_an_unknown_json_key_is_named_beside_the_known_ones():
    reason = refusal_of('{"emotion": "joy", "intensty": 1}')
    assert "'intensty'" in reason
    for key in ("valence", "arousal", "dominance", "vad", "emotion", "intensity", "stream", "hold"):
        assert key in reason


def test_deep_nesting_is_refused_like_any_other_nonsense():
    refusal_of('{"vad": ' + "[" * 2000 + "]" * 2000 + "}")


@pytest.mark.parametrize(
    "text",
    [
        '{"vad": [' + "9" * 4000 + ", 1, 1]}",
        '{"emotion": "joy", "hold": ' + "9" * 4000 + "}",
        '{"emotion": "' + "qwertyuiop" * 400 + '"}',
        '{"' + "k" * 4000 + '": 1}',
        '{"emotion": "joy", "stream": "' + "x" * 4000 + '"}',
        '{"a": ' + "[" * 4000,
        '{"a": ' * 600,
        "happiness" * 450,
        "happy " * 680,
        "zoy+" * 1000 + "zoy",
        "[" + "x" * 4000 + "]",
        "," * 4096,
        "\x1b[2J" * 1000,
        "9" * 5_000_000,
    ],
)
def test_the_largest_nonsense_is_refused_quickly_and_in_a_few_words(text):
    began = time.monotonic()
    assert len(refusal_of(text)) < 300
    assert time.monotonic() - began < 0.2  # of which it takes hundredths


# --- streams


@pytest.mark.parametrize("stream", ["main", "bob", "Alice-2", "a.b_c:d", "é", "喜び", "x" * 64])
def test_a_streams_name_may_be_any_word(stream):
    assert parse_update(json.dumps({"emotion": "joy", "stream": stream})).stream == stream
    assert parse_update("joy", stream).stream == stream


@pytest.mark.parametrize(
    "stream",
    [
        *["", " ", "a b", "a\tb", "a\n", "a/b", "#", "+", "*", "a?", "{name}", "[a]", "a,b"],
        *["x" * 65, "喜" * 22, "\x00", "a\x1b[2J", "\x7f", "\x85", "a\u2028", "a\u202e"],
    ],
)
def test_a_streams_name_that_an_address_or_topic_could_not_carry_is_refused(stream):
    with pytest.raises(UpdateError, match="stream"):
        parse_update("joy", stream)
    assert "stream" in refusal_of(json.dumps({"emotion": "joy", "stream": stream}))


def test_a_streams_name_that_utf_8_cannot_carry_is_refused():
    """JSON can spell half of a surrogate pair; no output could ever send it."""
    assert "stream" in refusal_of(r'{"emotion": "joy", "stream": "\ud800"}')


def test_the_stream_in_json_wins_over_the_one_it_arrived_for():
    assert parse_update('{"emotion": "joy", "stream": "bob"}', "alice").stream == "bob"
    assert parse_update('{"emotion": "joy"}', "alice").stream == "alice"


# --- bounds


def test_text_longer_than_the_bound_is_refused_with_its_length():
    assert str(LONGEST_TEXT + 1) in refusal_of("x" * (LONGEST_TEXT + 1))
    assert parse_update("joy" + " " * LONGEST_TEXT).target == HAPPINESS


def test_a_label_is_one_short_line_whatever_was_sent():
    """It is shown in the terminal's last row, where a line feed would do harm."""
    label = parse_update(json.dumps({"emotion": "in\n\r\t\x0b  love"})).label
    assert label == "in love 1"


# --- the two makers


def test_point_update_and_parse_update_say_the_same():
    assert point_update(0.8, 0.6, 0.5, stream="bob") == parse_update("0.8 0.6 0.5", "bob")


def test_named_update_and_parse_update_say_the_same():
    assert named_update("fear", 0.5, stream="bob") == parse_update("fear 0.5", "bob")


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_the_makers_refuse_numbers_that_are_not_finite(value):
    with pytest.raises(UpdateError, match="not finite"):
        point_update(0.0, value, 0.0)
    with pytest.raises(UpdateError, match="not finite"):
        named_update("joy", value)


# --- any text


def assert_is_sound(update: Update) -> None:
    """What every update promises to the mixer, the interpolation and the outputs."""
    assert len(update.target) == 3
    assert all(-1.0 <= axis <= 1.0 for axis in update.target)  # NaN fails as well
    assert 1 <= len(update.stream.encode()) <= 64
    assert update.stream.isprintable()
    assert not set(update.stream) & set(" \t\n/#+*?,[]{}")
    assert update.hold is None or update.hold > 0
    assert update.fade is None or 0 <= update.fade < math.inf
    assert update.label.isprintable()
    assert update.clamped.isprintable()


def assert_understood_or_refused(text: str, stream: str = "main") -> None:
    try:
        update = parse_update(text, stream)
    except UpdateError as refusal:
        assert str(refusal)
        assert str(refusal).isprintable()
        assert len(str(refusal)) < 500
    else:
        assert_is_sound(update)


FRAGMENTS = st.sampled_from(
    [
        *["0.5", "-1", "1e9", "nan", "inf", "joy", "fear", "in love", "x", "vad", "emotion"],
        *["+", ",", " ", "[", "]", "{", "}", "face:", '<face name="', '"/>', '"', ":"],
        *["\n", "\x00", "é", "\ud800"],
    ]
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    # often enough what belongs there
    | st.sampled_from(["joy", "fear", "bob", "forever", 0.5, 1, [0.1, 0.2, 0.3]]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)
KEYS = st.sampled_from(
    ["valence", "arousal", "dominance", "vad", "emotion", "intensity", "stream", "hold", "fade"]
)


@given(st.text(), st.text(max_size=70))
@example("\ufeffjoy", "main")
def test_any_text_is_an_update_or_the_documented_error(text, stream):
    assert_understood_or_refused(text, stream)


@given(st.lists(FRAGMENTS, max_size=12).map("".join))
def test_pieces_of_the_spellings_in_any_order_are_an_update_or_the_documented_error(text):
    assert_understood_or_refused(text)


@given(st.dictionaries(KEYS | st.text(max_size=4), VALUES, max_size=6))
@example({"emotion": "in\nlove"})
@example({"emotion": "joy", "stream": "\x85"})
@example({"emotion": "joy", "stream": "a\u2028"})
def test_any_json_object_is_an_update_or_the_documented_error(said):
    assert_understood_or_refused(json.dumps(said))


AXES = st.floats(-1, 1)


@given(st.tuples(AXES, AXES, AXES))
def test_the_three_spellings_of_a_point_agree(point):
    valence, arousal, dominance = point
    spellings = [
        f"{valence!r} {arousal!r} {dominance!r}",
        f"{valence!r},{arousal!r},{dominance!r}",
        json.dumps({"vad": point}),
        json.dumps({"valence": valence, "arousal": arousal, "dominance": dominance}),
    ]
    assert {parse_update(text).target for text in spellings} == {point}


@given(st.tuples(st.floats(), st.floats(), st.floats()))
def test_any_three_floats_are_clamped_into_the_cube_or_refused(point):
    if not all(map(math.isfinite, point)):
        with pytest.raises(UpdateError, match="not finite"):
            point_update(*point)
    else:
        assert_is_sound(point_update(*point))
