import pytest

from bridge.config.stream_name import checked_stream, every_stream_by_template


@pytest.mark.parametrize("name", ["main", "alice", "ä" * 32])
def test_a_stream_may_have_a_name_of_64_bytes(name):
    assert checked_stream(name) == name


@pytest.mark.parametrize("name", ["", "a b", "a/b", "*", "#", "ä" * 33])
def test_other_names_are_refused_with_what_was_expected(name):
    with pytest.raises(ValueError, match="expected 1–64 bytes without spaces, slashes or wildcard"):
        checked_stream(name)


def test_a_template_in_the_address_means_every_stream_unless_one_is_named():
    template = {"to": "osc://127.0.0.1:9000/{stream}"}
    assert every_stream_by_template(template) == {"stream": "*", **template}
    assert every_stream_by_template({**template, "stream": "bob"})["stream"] == "bob"
    assert every_stream_by_template({"to": "vmc://127.0.0.1:39539"}) == {
        "to": "vmc://127.0.0.1:39539"
    }
    assert every_stream_by_template("vseeface") == "vseeface"
