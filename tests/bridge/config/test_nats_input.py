"""Settings of NATS inputs, as people write them."""

import pytest

from bridge.config.nats_input import NatsInputSection
from bridge.config.settings import Settings


def section(source: object) -> NatsInputSection:
    [made] = Settings.model_validate({"inputs": [source]}).inputs
    assert isinstance(made, NatsInputSection)
    return made


def refusal(source: object) -> str:
    with pytest.raises(ValueError, match=r"^") as refused:
        section(source)
    return str(refused.value)


def test_an_address_names_server_user_and_subject():
    made = section("nats://me@host/affect.*.set")
    assert made.address.place == "host:4222"
    assert (made.username, made.secure) == ("me", False)
    assert made.subjects.subscription == "affect.*.set"
    assert made.name == "nats host:4222 affect.*.set"
    assert section("tls://host:9/a.{stream}").secure


def test_the_other_servers_of_a_cluster_follow_the_one_in_the_address():
    made = section({"from": "nats://a/affect.*.set", "servers": ["b:4222", "[::1]:5"]})
    assert [tuple(each) for each in made.endpoints] == [("a", 4222), ("b", 4222), ("::1", 5)]
    assert "expected host:port" in refusal({"from": "nats://a/x", "servers": ["nats://b"]})


def test_an_address_without_a_subject_is_refused():
    assert "expected a subject, as in nats://host/affect.*.set" in refusal("nats://host")


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"from": "nats://me:secret@h/a"}, "everybody on this machine can read a password"),
        ({"from": "nats://me@h/a", "token_env": "T"}, "give one of them"),
        ({"from": "nats://h/a", "token_env": "T", "credentials_file": "c"}, "give one of them"),
        ({"from": "nats://h/a", "password_file": "p"}, "needs a user name, as in nats://user@h/"),
        ({"from": "nats://h/a", "tls_ca": "p"}, "an address that starts with tls://"),
    ],
)
def test_a_login_that_cannot_work_is_refused(settings, why):
    assert why in refusal(settings)


def test_two_inputs_at_one_server_need_different_subjects():
    Settings.model_validate({"inputs": ["nats://h/a.*", "nats://h/b.*"]})
    with pytest.raises(ValueError, match="duplicate input nats://h:4222/a"):
        Settings.model_validate({"inputs": ["nats://h/a.*", "nats://h/a.*?priority=1"]})
