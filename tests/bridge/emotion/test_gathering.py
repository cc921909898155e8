from bridge.emotion.gathering import MOMENT, Gathering
from bridge.emotion.message import Message
from bridge.emotion.scores import Scored
from bridge.emotion.update import PREVIOUS


def said(name: str, score: float | None = 0.5, stream: str = "main") -> Message:
    return Message(scores=(Scored(name, score),), stream=stream)


def names(message: Message) -> list[str]:
    return [scored.name for scored in message.scores]


def test_labels_of_one_sender_in_one_moment_are_one_message():
    gathering = Gathering()
    joined = [gathering.join(said(n), "cam", 1.0 + i / 100) for i, n in enumerate(["joy", "fear"])]
    assert [names(message) for message in joined] == [["joy"], ["joy", "fear"]]


def test_what_comes_later_replaces():
    gathering = Gathering()
    gathering.join(said("joy"), "cam", 1.0)
    assert names(gathering.join(said("fear"), "cam", 1.0 + MOMENT)) == ["fear"]


def test_a_moment_begins_with_its_first_label_and_does_not_go_on_for_ever():
    gathering = Gathering()
    for step, name in enumerate(["joy", "fear", "anger"]):
        message = gathering.join(said(name), "cam", 1.0 + 0.03 * step)
    assert names(message) == ["anger"]


def test_a_label_that_comes_again_begins_a_new_message():
    gathering = Gathering()
    for name in ("joy", "fear", "Joy"):
        message = gathering.join(said(name), "cam", 1.0)
    assert names(message) == ["Joy"]


def test_senders_and_streams_are_kept_apart():
    gathering = Gathering()
    gathering.join(said("joy"), "one", 1.0)
    assert names(gathering.join(said("fear"), "other", 1.0)) == ["fear"]
    assert names(gathering.join(said("anger", stream="bob"), "one", 1.0)) == ["anger"]
    assert names(gathering.join(said("sadness"), "one", 1.0)) == ["joy", "sadness"]


def test_what_is_a_whole_message_is_left_alone_and_ends_what_was_gathered():
    gathering = Gathering()
    for whole in (
        said("fear", None),
        Message((0.1, 0.2, 0.3)),
        said("fear")._replace(then=PREVIOUS),
        Message(scores=(Scored("fear", 0.5), Scored("anger", 0.5))),
    ):
        gathering.join(said("joy"), "cam", 1.0)
        assert gathering.join(whole, "cam", 1.0) == whole
        assert names(gathering.join(said("sadness"), "cam", 1.0)) == ["sadness"]


def test_ten_thousand_senders_take_the_memory_of_a_few():
    gathering = Gathering()
    for number in range(10_000):
        gathering.join(said("joy"), f"sender {number}", 1.0)
    assert len(gathering._begun) <= 256
