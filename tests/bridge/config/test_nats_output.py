"""Settings of NATS outputs, as people write them."""

import pytest

from bridge.config.nats_output import NatsOutputSection
from bridge.config.settings import Settings


def section(output: object) -> NatsOutputSection:
    [made] = Settings.model_validate({"outputs": [output]}).outputs
    assert isinstance(made, NatsOutputSection)
    return made


@pytest.mark.parametrize("written", ["nats", "nats://127.0.0.1", "nats://127.0.0.1:4222/"])
def test_the_usual_subject_shows_every_stream(written):
    made = section(written)
    assert made.subject("bob") == "affect.bob.face"
    assert (made.stream, made.every, made.format) == ("*", 6, "json")


def test_another_subject_may_show_one_stream():
    made = section("nats://h/studio.face?format=binary&every=1")
    assert made.subject("main") == "studio.face"
    assert (made.stream, made.format) == ("main", "binary")


def test_a_dot_in_the_name_of_a_stream_makes_no_new_token():
    assert section("nats").subject("dr.who") == "affect.dr%2Ewho.face"


def test_a_subject_with_a_wildcard_is_refused():
    with pytest.raises(ValueError, match=r"write \{stream\} where the name"):
        section("nats://h/affect.*.face")
