from bridge.emotion.faders import Faders
from bridge.emotion.scores import Scored


def test_each_fader_keeps_its_value_until_it_is_moved():
    faders = Faders()
    faders.move("main", "joy", 0.8)
    assert set(faders.move("main", "sadness", 0.4).scores) == {
        Scored("joy", 0.8),
        Scored("sadness", 0.4),
    }
    assert set(faders.move("main", "joy", 0.2).scores) == {
        Scored("joy", 0.2),
        Scored("sadness", 0.4),
    }


def test_letting_one_go_does_not_end_another():
    faders = Faders()
    faders.move("main", "joy", 0.8)
    faders.move("main", "sadness", 0.4)
    assert faders.move("main", "joy", 0.0).scores == (Scored("sadness", 0.4),)


def test_all_down_is_neutral():
    faders = Faders()
    faders.move("main", "joy", 0.8)
    assert faders.move("main", "joy", 0.0).scores == (Scored("neutral"),)
    faders.move("main", "joy", 0.8)
    faders.release("main")
    assert faders.move("main", "fear", 0.5).scores == (Scored("fear", 0.5),)


def test_each_stream_has_faders_of_its_own():
    faders = Faders()
    faders.move("ann", "joy", 0.8)
    message = faders.move("bob", "fear", 0.5)
    assert (message.stream, message.scores) == ("bob", (Scored("fear", 0.5),))


def test_any_number_of_faders_and_streams_takes_the_memory_of_a_few():
    faders = Faders()
    for number in range(1000):
        faders.move(f"stream {number}", "joy", 0.5)
        assert len(faders.move("main", f"fader {number}", 0.5).scores) <= 64
    assert len(faders._streams) <= 257
