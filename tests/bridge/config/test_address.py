import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.config.address import Address, parse_address, split_options

SCHEMES = ("stdin", "stdin:chat", "vmc", "osc", "mqtt", "livelink")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("osc://studio:9000/a/b", Address("osc", "studio", 9000, "a/b")),
        ("osc://studio:9000?a=b:c:d", Address("osc", "studio", 9000)),
        ("osc://:9000", Address("osc", "127.0.0.1", 9000)),
        ("OSC://Studio:9000", Address("osc", "studio", 9000)),
        ("osc://[::1]:9000", Address("osc", "::1", 9000)),
        ("osc://0.0.0.0:1", Address("osc", "0.0.0.0", 1)),
        ("osc://h:65535", Address("osc", "h", 65535)),
        ("mqtt://me@h:1883/affect/+/set", Address("mqtt", "h", 1883, "affect/+/set", "me")),
        ("mqtt://me%40home@h:1883/x", Address("mqtt", "h", 1883, "x", "me@home")),
        ("mqtt://h:1883/affect/#", Address("mqtt", "h", 1883, "affect/#")),
        ("livelink://h:11111/My%20Face", Address("livelink", "h", 11111, "My Face")),
        ("livelink://h:11111/あ", Address("livelink", "h", 11111, "あ")),
        ("stdin", Address("stdin")),
        ("stdin:chat", Address("stdin:chat")),
        ("Stdin:Chat", Address("stdin:chat")),
    ],
)
def test_an_address_is_taken_apart(text: str, expected: Address) -> None:
    assert parse_address(text, SCHEMES) == expected


def test_the_usual_port_is_meant_when_none_is_said() -> None:
    assert parse_address("vmc://h", SCHEMES, default_port=39539).port == 39539
    assert parse_address("vmc://h:5", SCHEMES, default_port=39539).port == 5


@pytest.mark.parametrize("port", ["", ":0", ":65536", ":-1", ":vmc"])
def test_a_port_that_cannot_be_is_refused(port: str) -> None:
    with pytest.raises(ValueError, match="expected a port from 1 to 65535"):
        parse_address(f"osc://host{port}", SCHEMES)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("osc://my host:9000", "cannot contain ' '"),
        ("osc://*:9000", "cannot contain '\\*'"),
        ("osc://{stream}:9000", "cannot contain '{'"),
        ("osc://[::1:9000", r"as in osc://127.0.0.1:9000 or osc://\[::1\]:9000"),
        ("osc://::1:9000", "put an IPv6 host in brackets"),
        ("osc://me@h:9000", "osc has no user names"),
    ],
)
def test_what_cannot_be_a_host_is_refused_with_what_was_expected(text: str, expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        parse_address(text, SCHEMES)


@pytest.mark.parametrize("text", ["vmc:127.0.0.1:39539", "vmc:/127.0.0.1:39539"])
def test_an_address_that_forgets_its_slashes_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="://"):
        parse_address(text, SCHEMES, default_port=39539)


def test_a_misspelt_scheme_is_answered_with_the_near_one() -> None:
    with pytest.raises(ValueError, match=r"did you mean livelink\? Expected one of .*vmc"):
        parse_address("livelnk://h:1", SCHEMES)


def test_a_strange_scheme_is_answered_with_the_known_ones() -> None:
    with pytest.raises(
        ValueError, match=r"expected one of stdin, stdin:chat, vmc, osc, mqtt, livelink$"
    ):
        parse_address("http://h:1", SCHEMES)


def test_a_password_in_an_address_is_refused_and_the_safe_places_named() -> None:
    with pytest.raises(ValueError, match="password_env or password_file"):
        parse_address("mqtt://me:s3cret@h:1883/x", SCHEMES)


@pytest.mark.parametrize(
    "text",
    ["mqtt://me:s3cret@h:1883/x", "mqtt://me:s3cret@h:99999/x", "mqt://me:s3cret@h:1883/x"],
)
def test_a_password_is_never_repeated_in_the_message(text: str) -> None:
    with pytest.raises(ValueError) as refused:
        parse_address(text, SCHEMES)
    assert "s3cret" not in str(refused.value)


@given(st.text(max_size=40))
def test_any_text_is_an_address_with_host_and_port_or_refused(rest: str) -> None:
    try:
        address = parse_address(f"vmc://{rest}", SCHEMES, default_port=39539)
    except ValueError:
        return
    assert address.host
    assert 1 <= address.port <= 65535


def test_an_ipv6_place_is_written_in_brackets() -> None:
    assert Address("osc", "::1", 9000).place == "[::1]:9000"
    assert Address("osc", "studio", 9000).place == "studio:9000"


def test_options_after_the_question_mark_are_read_as_yaml_would() -> None:
    address, options = split_options("vmc://h:5/x?every=2&bundle=false&names=camel&hold=0.5")
    assert address == "vmc://h:5/x"
    assert options == {"every": 2, "bundle": False, "names": "camel", "hold": 0.5}


def test_an_option_without_a_value_is_empty_text() -> None:
    assert split_options("vrchat?prefix=&listen") == ("vrchat", {"prefix": "", "listen": ""})


def test_an_option_that_is_said_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="names is given twice"):
        split_options("vmc://h?names=camel&every=2&names=pascal")


def test_an_address_without_options_stays_as_it_is() -> None:
    assert split_options("mqtt://h/affect/#") == ("mqtt://h/affect/#", {})
