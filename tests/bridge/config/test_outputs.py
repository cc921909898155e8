from collections.abc import Callable
from typing import Annotated, Any

import pytest

from bridge.config import outputs
from bridge.config.outputs import DialectSection, OutputSection
from bridge.config.reading import ConfigError
from bridge.config.settings import Settings
from protocols.dialect import Dialect

Read = Callable[[str], Settings]
Mistakes = Callable[[str], list[str]]


def dialect_of(output: OutputSection) -> str:
    assert isinstance(output, DialectSection)
    return output.dialect.scheme


def setting(output: OutputSection, name: str) -> object:
    """A setting that only this dialect has."""
    return getattr(output, name)


def test_an_output_may_be_an_address_alone_or_settings_with_one(read: Read) -> None:
    short = read(
        "outputs: ['osc://h:8000/face/{name}?scale=100&bundle=false&names=pascal&every=2']"
    )
    long = read(
        "outputs:\n  - {to: 'osc://h:8000/face/{name}', scale: 100, bundle: false,"
        " names: pascal, every: 2}"
    )
    assert short == long
    [output] = short.outputs
    told = [setting(output, name) for name in ("scale", "bundle", "names", "every")]
    assert told == [100, False, "pascal", 2]


def test_each_scheme_is_its_own_kind_of_output_with_its_usual_port(read: Read) -> None:
    outputs = read("outputs: ['vmc://h', 'livelink://h', 'osc://h:8000']").outputs
    assert [dialect_of(output) for output in outputs] == ["vmc", "livelink", "osc"]
    assert [output.address.port for output in outputs] == [39539, 11111, 8000]


def test_an_assistant_in_vmc_means_the_performers_port_unless_it_says_another(read: Read) -> None:
    outputs = read(
        "outputs: ['vmc://h?role=assistant', 'vmc?role=assistant', 'vmc://h:1?role=assistant']"
    ).outputs
    assert [output.address.port for output in outputs] == [39540, 39540, 1]


def test_names_may_be_a_list_in_an_address_and_with_commas(read: Read) -> None:
    outputs = read(
        "outputs: ['vmc://h?names=[pascal,vrm0]', 'vmc://h?names=pascal, vrm0',"
        " {to: 'vmc://h', names: [pascal, vrm0]}]"
    ).outputs
    assert [setting(output, "names") for output in outputs] == [["pascal", "vrm0"]] * 3


def test_every_stream_can_be_asked_for_in_an_address(read: Read) -> None:
    [output] = read("outputs: ['osc://h:1/{stream}/{name}?stream=*']").outputs
    assert output.stream == "*"


def test_stream_in_an_address_means_every_stream(read: Read) -> None:
    outputs = read(
        "outputs: ['livelink://h/{stream}', 'osc://h:1/{stream}/{name}', 'vmc://h?stream=bob',"
        " {to: 'livelink://h/{stream}', stream: bob}]"
    ).outputs
    assert [output.stream for output in outputs] == ["*", "*", "bob", "bob"]


def test_a_map_of_names_may_name_only_some_shapes(read: Read) -> None:
    [output] = read("outputs: [{to: 'vmc://h', names: {eyeBlinkLeft: Blink_L}}]").outputs
    assert setting(output, "names") == {"eyeBlinkLeft": "Blink_L"}


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("vmx://h", "did you mean vmc?"),
        ("vmc://h:0", "expected a port from 1 to 65535"),
        ("vmc://h:66000", "expected a port from 1 to 65535"),
        ("vmc://h/face", "an address of vmc has nothing after the port"),
        ("vmc://h?every=0", "expected greater than or equal to 1"),
        ("vmc://h?every=1.5", "expected a valid integer"),
        ("vmc://h?evry=2", "did you mean every?"),
        ("vmc://h?layout=array", "no such setting"),
        ("{to: 'vmc://h', stream: '*'}", "stream * needs {stream} in the address"),
        (
            "{to: 'vmc://h', names: {eyeBlinkLef: x}}",
            'unknown blendshape "eyeBlinkLef"; did you mean "eyeBlinkLeft"?',
        ),
        ("osc://h", "expected a port from 1 to 65535"),
        ("osc://h:8000/face", "layout per_shape needs {name} in the address"),
        ("osc://h:8000/{name}?layout=array", "remove {name}"),
        ("osc://h:8000?layout=arry", "expected 'per_shape', 'array' or 'indexed'"),
        ("osc://h:8000?scale=10", "expected 1 or 100"),
        ("livelink://h/" + "x" * 256, "255 bytes"),
        ("livelink://h/" + "あ" * 86, "255 bytes"),
        ("'livelink://h/{strem}'", "{stream} is the only placeholder"),
        ("'vmc://{stream}:39539'", "a host cannot contain '{'"),
        ("vmc://ann@h", "vmc has no user names"),
        ("vmc://h?every=2&every=3", "every is given twice"),
        ("{to: 'vmc://h?every=2', every: 3}", "every is both in the address and next to it"),
        ("vmc://h?every=", "every: ''"),
        ("{stream: bob}", "an address as 'to'"),
        ("5", "an address as 'to'"),
    ],
)
def test_an_output_that_cannot_work_is_refused_with_the_reason(
    mistakes: Mistakes, output: str, expected: str
) -> None:
    [line] = mistakes(f"fps: 60\noutputs:\n  - vmc://h\n  - {output}\n")
    assert line.startswith("4: outputs[2]")
    assert expected in line


@pytest.mark.parametrize("second", ["vts-phone", "vbridger", "vts-phone://127.0.0.1:21412"])
def test_two_phones_cannot_be_asked_at_one_port(mistakes: Mistakes, second: str) -> None:
    [line] = mistakes(f"outputs: [vts-phone, '{second}']")
    assert "duplicate port 127.0.0.1:21412" in line


def test_phones_at_ports_of_their_own_and_receivers_at_one_port_go_together(read: Read) -> None:
    assert len(read("outputs: [vts-phone, 'vts-phone://127.0.0.1:21413', vmc, vmc]").outputs) == 4


def test_a_misspelt_spelling_is_one_mistake_in_words_for_people(mistakes: Mistakes) -> None:
    [line] = mistakes("outputs:\n  - to: vmc://h\n    names: pascall\n")
    assert line.startswith("3: outputs[1].names: 'pascall'")
    assert "pascal" in line
    assert "camel" in line
    assert "dict[" not in line


def test_an_unknown_shape_in_a_map_of_names_is_a_mistake_with_its_place(mistakes: Mistakes) -> None:
    for output in ("vmc://h", "osc://h:8000"):
        [line] = mistakes(f"outputs:\n  - to: {output}\n    names: {{jawOpn: A}}\n")
        assert line.startswith("3: outputs[1].names: ")
        assert 'unknown blendshape "jawOpn"; did you mean "jawOpen"?' in line


def test_null_in_a_map_of_names_leaves_the_shape_out(read: Read) -> None:
    [output] = read("outputs: [{to: 'osc://h:8000', names: {jawOpen: null}}]").outputs
    assert setting(output, "names") == {"jawOpen": None}


def test_parts_may_be_left_to_others_by_a_list_or_in_an_address(read: Read) -> None:
    outputs = read(
        "outputs: ['vmc://h?leave=mouth,blink', {to: 'vmc://h', leave: [mouth, blink]},"
        " {to: mqtt, leave: [jawOpen]}, {to: vtube-studio, leave: head}, {to: vrchat, leave: gaze}]"
    ).outputs
    assert [setting(output, "leave") for output in outputs] == [
        *(("mouth", "blink"), ("mouth", "blink")),
        *(("jawOpen",), ("head",), ("gaze",)),
    ]


@pytest.mark.parametrize("output", ["vmc://h", "mqtt", "vtube-studio", "vrchat", "livelink"])
def test_an_unknown_part_that_is_left_is_a_mistake_with_its_place(
    mistakes: Mistakes, output: str
) -> None:
    [line] = mistakes(f"outputs:\n  - to: {output}\n    leave: [mouth, blnk]\n")
    assert line.startswith("3: outputs[1].leave: ")
    assert 'unknown blendshape "blnk"; did you mean "blink"?' in line


def test_leaving_everything_is_a_mistake(mistakes: Mistakes) -> None:
    everything = "[brow, eye, cheek, nose, mouth, jaw, tongue]"
    for output in ("osc://h:8000", "vtube-studio"):
        [line] = mistakes(f"outputs:\n  - {{to: '{output}', leave: {everything}}}\n")
        assert "left to" in line


def test_a_name_in_a_map_that_is_no_text_is_one_mistake(mistakes: Mistakes) -> None:
    [line] = mistakes("outputs:\n  - to: vmc://h\n    names: {eyeBlinkLeft: [A]}\n")
    assert line.startswith("3: outputs[1].names: ")


@pytest.mark.parametrize(
    "path", ["a b/{name}", "a#b/{name}", "a,b/{name}", "[a]/{name}", "a*/{name}"]
)
def test_characters_that_osc_forbids_in_an_address_are_a_mistake(
    mistakes: Mistakes, path: str
) -> None:
    [line] = mistakes(f"outputs:\n  - 'osc://h:8000/{path}'\n")
    assert line.startswith("2: outputs[1]")


def test_a_custom_name_that_osc_forbids_in_an_address_is_a_mistake(mistakes: Mistakes) -> None:
    [line] = mistakes("outputs:\n  - {to: 'osc://h:8000', names: {eyeBlinkLeft: 'Blink L'}}\n")
    assert line.startswith("2: outputs[1]")


def test_a_subject_that_a_long_stream_name_would_overfill_is_a_mistake(mistakes: Mistakes) -> None:
    # the name of a stream has up to 64 characters
    [line] = mistakes(f"outputs: ['livelink://h/{'x' * 200}{{stream}}']")
    assert "255 bytes" in line


@pytest.mark.parametrize("address", ["vmc", "livelink", "osc"])
def test_an_output_never_goes_without_host_and_port(read: Read, address: str) -> None:
    try:
        [output] = read(f"outputs: [{address}]").outputs
    except ConfigError:
        return
    assert output.address.host
    assert output.address.port


@pytest.mark.parametrize("taken", ["every", "to", "name", "address"])
def test_a_dialect_cannot_have_a_setting_that_every_output_has(taken: str) -> None:
    made = f"def encoder(shown, *, {taken}: Annotated[int, 'A number.'] = 1): ..."
    names: dict[str, Any] = {"Annotated": Annotated}
    exec(made, names)
    dialect = Dialect("new", names["encoder"], decoder=lambda: None)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=f"already has a setting '{taken}'"):
        outputs._section(dialect)


def test_ports_are_for_every_stream_and_must_exist(read: Read, mistakes: Mistakes) -> None:
    [output] = read("outputs: ['vmc://h?ports=8']").outputs
    assert (output.stream, setting(output, "ports")) == ("*", 8)
    [output] = read("outputs: ['vmc://h']").outputs
    assert (output.stream, setting(output, "ports")) == ("main", 1)
    [mistake] = mistakes("outputs: [{to: 'vmc://h', ports: 8, stream: bob}]")
    assert "one stream has one port" in mistake
    [mistake] = mistakes("outputs: ['vmc://h:65530?ports=8']")
    assert "the last port would be 65537" in mistake
    [mistake] = mistakes("outputs: ['vmc://h?stream=*']")
    assert "give each stream a port" in mistake
