"""Plain OSC in its three layouts."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from protocols.arkit import spelled
from protocols.face import Face, Received
from protocols.osc.blendshapes import Layout, OscBlendshapesDecoder, OscBlendshapesEncoder

OutsideOsc = Callable[[Sequence[bytes]], list[tuple[str, list[object]]]]
TypedMessages = Callable[[bytes], list[tuple[str, str, list[object]]]]


def test_a_frame_has_the_golden_bytes(
    golden: Callable[[str], list[bytes]], golden_face: Face
) -> None:
    encoder = OscBlendshapesEncoder("/face/{stream}", layout="array")
    datagrams = [bytes(datagram) for datagram in encoder.encode(golden_face)]
    assert datagrams == golden("oscblendshapes.hex")


def test_per_shape_sends_each_weight_to_the_address_of_its_name(
    outside_osc: OutsideOsc, reference_order: list[str], golden_face: Face
) -> None:
    said = outside_osc(OscBlendshapesEncoder().encode(golden_face))
    assert said == [(f"/blendshape/{n}", [i / 64]) for i, n in enumerate(reference_order)]


def test_array_sends_one_message_of_52_floats(outside_osc: OutsideOsc, golden_face: Face) -> None:
    said = outside_osc(OscBlendshapesEncoder("/all", layout="array").encode(golden_face))
    assert said == [("/all", [i / 64 for i in range(52)])]


def test_indexed_sends_pairs_of_reference_index_and_weight(
    outside_osc: OutsideOsc, golden_face: Face
) -> None:
    said = outside_osc(OscBlendshapesEncoder("/W", layout="indexed").encode(golden_face))
    assert said == [("/W", [i, i / 64]) for i in range(52)]


@pytest.mark.parametrize("bundled", [True, False])
@pytest.mark.parametrize(
    ("layout", "address", "tags"),
    [
        ("per_shape", "/{name}", ",f"),
        ("array", "/all", "," + 52 * "f"),
        ("indexed", "/W", ",if"),
    ],
)
def test_weights_are_float32_even_when_they_are_whole(
    typed_messages: TypedMessages, layout: Layout, address: str, tags: str, bundled: bool
) -> None:
    encoder = OscBlendshapesEncoder(address, layout=layout, bundled=bundled)
    datagrams = encoder.encode(Face(np.ones(52, dtype=np.float32)))
    assert all(len(datagram) <= 1400 for datagram in datagrams)
    assert all(bytes(datagram).startswith(b"#bundle") == bundled for datagram in datagrams)
    assert {tag for d in datagrams for _, tag, _ in typed_messages(d)} == {tags}


@pytest.mark.parametrize(("layout", "messages"), [("per_shape", 52), ("array", 1), ("indexed", 52)])
def test_unbundled_each_message_is_a_datagram_of_its_own(
    outside_osc: OutsideOsc, golden_face: Face, layout: Layout, messages: int
) -> None:
    address = "/f/{name}" if layout == "per_shape" else "/f"
    single = OscBlendshapesEncoder(address, layout=layout, bundled=False).encode(golden_face)
    assert len(single) == messages
    together = OscBlendshapesEncoder(address, layout=layout).encode(golden_face)
    assert outside_osc(single) == outside_osc(together)


def test_a_scale_of_100_sends_percent(outside_osc: OutsideOsc) -> None:
    weights = np.zeros(52, dtype=np.float32)
    weights[:4] = 1.0, 0.25, 0.3, 2**-149
    encoder = OscBlendshapesEncoder("/all", layout="array", scale=100)
    ((_, said),) = outside_osc(encoder.encode(Face(weights)))
    product = np.float32(0.3) * np.float32(100)
    assert said == [100.0, 25.0, float(product), 100 * 2**-149, *48 * [0.0]]
    assert weights[0] == 1.0  # the face is the pipeline's, not ours to scale


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("camel", "/f/jawOpen"),
        ("pascal", "/f/JawOpen"),
        ({"jawOpen": "mouth/open"}, "/f/mouth/open"),
    ],
)
def test_the_naming_is_the_users_choice(
    outside_osc: OutsideOsc,
    reference_order: list[str],
    names: str | dict[str, str],
    expected: str,
) -> None:
    said = outside_osc(OscBlendshapesEncoder("/f/{name}", names=spelled(names)).encode(Face()))
    assert said[reference_order.index("jawOpen")] == (expected, [0.0])


def test_a_shape_without_a_name_is_left_out(outside_osc: OutsideOsc, golden_face: Face) -> None:
    names = spelled({"jawOpen": None, "jawLeft": "J"})
    said = outside_osc(OscBlendshapesEncoder("/f/{name}", names=names).encode(golden_face))
    assert len(said) == 51
    assert "/f/jawOpen" not in dict(said)
    assert dict(said)["/f/J"] == [23 / 64]
    assert dict(said)["/f/tongueOut"] == [51 / 64]


def test_a_shape_without_a_name_keeps_the_other_indices(
    outside_osc: OutsideOsc, golden_face: Face
) -> None:
    names = spelled({"browDownLeft": None})
    encoder = OscBlendshapesEncoder("/f", layout="indexed", names=names)
    said = outside_osc(encoder.encode(golden_face))
    assert said == [("/f", [i, i / 64]) for i in range(1, 52)]


def test_a_shape_without_a_name_is_0_in_an_array_which_has_fixed_places(
    outside_osc: OutsideOsc, golden_face: Face
) -> None:
    names = spelled({"browDownRight": None})
    encoder = OscBlendshapesEncoder("/f", layout="array", names=names)
    [(_, said)] = outside_osc(encoder.encode(golden_face))
    assert said == [0.0, 0.0, *(i / 64 for i in range(2, 52))]


def test_a_face_without_any_shape_is_refused() -> None:
    names = spelled(dict.fromkeys(spelled("camel")))
    with pytest.raises(ValueError, match="no shapes are left"):
        OscBlendshapesEncoder(names=names)


@pytest.mark.parametrize(
    ("address", "layout", "expected"),
    [
        ("/{stream}/{name}", "per_shape", "/ada/browDownLeft"),
        ("/{name}.{stream}", "per_shape", "/browDownLeft.ada"),
        ("/faces/{stream}", "array", "/faces/ada"),
        ("/{stream}", "indexed", "/ada"),
    ],
)
def test_the_stream_has_its_place_in_the_address(
    outside_osc: OutsideOsc, address: str, layout: Layout, expected: str
) -> None:
    encoder = OscBlendshapesEncoder(address, layout=layout, stream="ada")
    assert outside_osc(encoder.encode(Face()))[0][0] == expected


@pytest.mark.parametrize(
    ("address", "layout", "message"),
    [
        ("blendshape/{name}", "per_shape", "starts with '/'"),
        ("", "array", "starts with '/'"),
        ("/blendshape", "per_shape", r"needs \{name\}"),
        ("/{name}", "array", r"remove \{name\}"),
        ("/{name}", "indexed", r"remove \{name\}"),
    ],
)
def test_an_address_that_does_not_fit_the_layout_is_refused(
    address: str, layout: Layout, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        OscBlendshapesEncoder(address, layout=layout)


RESERVED = list(" #*,?[]{}")
UNPRINTABLE = list("\0\n")


@pytest.mark.parametrize("reserved", RESERVED + UNPRINTABLE)
@pytest.mark.parametrize("layout", ["array", "indexed"])
def test_a_character_that_osc_reserves_is_refused_in_an_address(
    layout: Layout, reserved: str
) -> None:
    with pytest.raises(ValueError, match="OSC address"):
        OscBlendshapesEncoder(f"/fa{reserved}ce", layout=layout)


@pytest.mark.parametrize("reserved", RESERVED)
def test_a_character_that_osc_reserves_is_refused_in_a_name(reserved: str) -> None:
    with pytest.raises(ValueError, match="OSC address"):
        OscBlendshapesEncoder("/{name}", names=spelled({"jawOpen": f"a{reserved}b"}))


@pytest.mark.parametrize("reserved", RESERVED + UNPRINTABLE)
def test_a_character_that_osc_reserves_is_refused_in_a_stream(reserved: str) -> None:
    with pytest.raises(ValueError, match="OSC address"):
        OscBlendshapesEncoder("/{stream}/{name}", stream=f"a{reserved}b")


def test_a_misspelt_placeholder_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\{nmae\}"):
        OscBlendshapesEncoder("/{nmae}/{name}")


def test_an_address_too_long_for_a_packet_is_refused() -> None:
    with pytest.raises(ValueError, match="1400"):
        OscBlendshapesEncoder("/" + "a" * 1400, layout="array")


@pytest.mark.parametrize(
    ("datagram", "weights"),
    [
        pytest.param(b"/f/jawOpen\0\0,f\0\0\x3f\0\0\0", {"/f/jawOpen": 0.5}, id="per shape"),
        pytest.param(b"/f/jawOpen\0\0,i\0\0\0\0\0\1", {"/f/jawOpen": 1.0}, id="sent as an int"),
        pytest.param(b"/W\0\0,if\0\0\0\0\7\x3f\0\0\0", {"/W 7": 0.5}, id="indexed"),
        pytest.param(
            b"/all\0\0\0\0,fff\0\0\0\0\x3f\0\0\0\x3e\x80\0\0\0\0\0\0",
            {"/all[0]": 0.5, "/all[1]": 0.25, "/all[2]": 0.0},
            id="an array",
        ),
        pytest.param(b"/n\0\0,sf\0abc\0\x3f\0\0\0", {"/n[1]": 0.5}, id="with a string before"),
    ],
)
def test_every_number_is_taken_under_its_address_and_place(
    datagram: bytes, weights: dict[str, float]
) -> None:
    decoder = OscBlendshapesDecoder()
    assert decoder.feed(datagram) == []
    assert decoder.feed(datagram) == [Received(weights)]


def test_a_frame_that_came_in_two_datagrams_is_one_frame() -> None:
    decoder = OscBlendshapesDecoder()
    first, second = b"/a\0\0,f\0\0\x3f\0\0\0", b"/b\0\0,f\0\0\x3f\0\0\0"
    assert [decoder.feed(d) for d in (first, second, first)] == [
        [],
        [],
        [Received({"/a": 0.5, "/b": 0.5})],
    ]


def test_a_message_without_a_number_is_no_frame() -> None:
    assert OscBlendshapesDecoder().feed(b"/n\0\0,s\0\0abc\0") == []
