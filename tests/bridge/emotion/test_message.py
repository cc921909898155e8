import pytest

from bridge.emotion.message import Message
from bridge.emotion.names import parts_of
from bridge.emotion.points import Part, Vad
from bridge.emotion.scores import Scored
from bridge.emotion.update import UpdateError


def test_labels_become_the_feeling_that_they_mean():
    update = Message(scores=(Scored("joy", 0.5),), stream="bob", hold=2.0, fade=0.5).update()
    assert update.parts == parts_of("joy", 0.5)
    assert (update.label, update.stream, update.hold, update.fade) == ("joy 0.5", "bob", 2.0, 0.5)


def test_a_point_wins_over_labels_and_is_called_by_the_name_beside_it():
    message = Message((0.1, 0.2, 0.3), scores=(Scored("joy"),), label="calm")
    assert message.update().parts == (Part(Vad(0.1, 0.2, 0.3), 1.0),)
    assert message.update().label == "calm"
    assert message._replace(label="").update().label == "+0.10 +0.20 +0.30"


def test_an_axis_that_was_not_sent_keeps_its_last_value():
    last = Vad(0.1, 0.2, 0.3)
    assert Message((None, 0.5, None)).update(last).target == (0.1, 0.5, 0.3)
    assert Message((0.5, None, None)).update(last).notes == ()


def test_dominance_alone_missing_is_estimated_or_kept():
    last = Vad(0.1, 0.2, 0.3)
    message = Message((0.3, 0.5, None))
    assert message.update(last, "keep").target == (0.3, 0.5, 0.3)
    estimated = message.update(last, "estimate")
    assert estimated.target == pytest.approx((0.3, 0.5, 0.242), abs=1e-3)
    assert [note.kind for note in estimated.notes] == ["estimated"]


def test_an_unknown_name_is_refused():
    with pytest.raises(UpdateError, match='unknown emotion "hapy"'):
        Message(scores=(Scored("hapy"),)).update()


def test_a_stream_is_called_by_an_allowed_name_and_it_says_so():
    update = Message((0.0, 0.0, 0.0), stream="Guard 7").update()
    assert update.stream == "Guard_7"
    assert update.notes[0].kind == "renamed"
