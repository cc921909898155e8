import asyncio
import socket
import struct
import sys
import uuid
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Any

import numpy as np
import pytest
from osc4py3 import oscbuildparse
from pylivelinkface import FaceBlendShape, PyLiveLinkFace
from pythonosc.osc_packet import OscPacket

from bridge.config.settings import Settings
from bridge.outputs.from_settings import output_from
from bridge.outputs.udp import UdpOutput
from protocols.arkit import BLENDSHAPES
from protocols.face import Face

Open = Callable[[UdpOutput], Awaitable["asyncio.Task[None]"]]
Sent = Callable[..., Awaitable[list[bytes]]]

SMILE = BLENDSHAPES.index("mouthSmileLeft")


def smiling(frame: int = 0) -> Face:
    weights = np.zeros(52, np.float32)
    weights[SMILE] = 0.5
    return Face(weights=weights, frame=frame, seconds=frame / 60)


@pytest.fixture
def sent(open_output: Open, receiver: Any) -> Sent:
    """What an output sends when it is shown some smiling faces."""

    async def datagrams(
        address: str,
        *,
        fps: float = 60,
        frames: range = range(1),
        streams: str = "main",
        **more: Any,
    ) -> list[bytes]:
        address = address.replace("PORT", str(receiver.port))
        settings = Settings.model_validate({"outputs": [{"to": address, **more}]})
        output = output_from(settings.outputs[0], fps)
        await open_output(output)
        for frame in frames:
            output.send(
                {stream: smiling(frame) for stream in streams.split()}, frame, perf_counter()
            )
        found: list[bytes] = receiver.payloads()
        return found

    return datagrams


def messages(datagrams: list[bytes]) -> list[tuple[str, list[Any]]]:
    return [
        (timed.message.address, timed.message.params)
        for datagram in datagrams
        for timed in OscPacket(datagram).messages
    ]


@pytest.mark.parametrize(
    ("names", "spelled"),
    [
        ("pascal", "MouthSmileLeft"),
        ("camel", "mouthSmileLeft"),
        ({"mouthSmileLeft": "Smile_L"}, "Smile_L"),
    ],
)
async def test_vmc_spells_the_names_as_told(sent: Sent, names: object, spelled: str) -> None:
    values = [
        params
        for address, params in messages(await sent("vmc://127.0.0.1:PORT", names=names))
        if address == "/VMC/Ext/Blend/Val"
    ]
    assert len(values) == 52
    assert [spelled, 0.5] in values
    assert sum(value for _, value in values) == 0.5


async def test_vmc_leaves_parts_to_others_as_told(sent: Sent) -> None:
    names = [
        params[0]
        for address, params in messages(await sent("vmc://127.0.0.1:PORT?leave=jaw,blink"))
        if address == "/VMC/Ext/Blend/Val"
    ]
    assert len(names) == 52 - 4 - 2
    assert not {"JawOpen", "EyeBlinkLeft"} & set(names)


async def test_vmc_sends_bundles_or_single_messages_as_told(sent: Sent) -> None:
    bundles = await sent("vmc://127.0.0.1:PORT")
    assert all(datagram.startswith(b"#bundle\0") and len(datagram) <= 1400 for datagram in bundles)
    singles = await sent("vmc://127.0.0.1:PORT", bundle=False)
    assert len(singles) == 55  # OK, T, 52 values, Apply
    assert all(datagram.startswith(b"/VMC/Ext/") for datagram in singles)
    for datagram in (*bundles, *singles):
        oscbuildparse.decode_packet(datagram)  # the strict one


@pytest.mark.parametrize(
    ("address", "subject"),
    [
        ("livelink://127.0.0.1:PORT", "AffectBridge"),
        ("livelink://127.0.0.1:PORT/Face", "Face"),
        ("livelink://127.0.0.1:PORT/My%20Face", "My Face"),
        ("livelink://127.0.0.1:PORT/あ", "あ"),
    ],
)
async def test_livelink_says_the_subject_and_the_face(
    sent: Sent, address: str, subject: str
) -> None:
    [datagram] = await sent(address)
    found, decoded = PyLiveLinkFace.decode(datagram)
    assert found
    assert decoded.name == subject
    assert decoded.get_blendshape(FaceBlendShape.MouthSmileLeft) == 0.5
    assert decoded.get_blendshape(FaceBlendShape.MouthSmileRight) == 0


def frame_time(datagram: bytes) -> tuple[int, int, int]:
    """Frame number and rate, which lie before the count byte and the 61 floats."""
    frame, _, numerator, denominator = struct.unpack(">ifii", datagram[-(16 + 1 + 244) : -245])
    return frame, numerator, denominator


@pytest.mark.parametrize(
    ("fps", "every", "rate"),
    [(60, 1, (60, 1)), (60, 2, (30, 1)), (29.97, 1, (30000, 1001)), (24, 5, (24, 5))],
)
async def test_livelink_says_the_rate_this_output_really_has(
    sent: Sent, fps: float, every: int, rate: tuple[int, int]
) -> None:
    datagrams = await sent("livelink://127.0.0.1:PORT", fps=fps, every=every, frames=range(11))
    times = [frame_time(datagram) for datagram in datagrams]
    assert {(numerator, denominator) for _, numerator, denominator in times} == {rate}
    assert [frame for frame, _, _ in times] == list(range(len(range(0, 11, every))))


async def test_every_stream_is_a_livelink_subject_with_a_device_id_of_its_own(sent: Sent) -> None:
    datagrams = await sent("livelink://127.0.0.1:PORT/Face {stream}", streams="main bob")
    decoded = [PyLiveLinkFace.decode(datagram)[1] for datagram in datagrams]
    assert [face.name for face in decoded] == ["Face main", "Face bob"]
    assert len({face.uuid for face in decoded}) == 2


def device(datagram: bytes) -> str:
    """The device id, after the version and a length of 36."""
    assert datagram[:5] == b"\x06\x00\x00\x00\x24"
    return datagram[5:41].decode("ascii")


async def test_a_livelink_device_id_is_a_stable_uuid_different_for_each_stream_and_subject(
    sent: Sent,
) -> None:
    first, again, other_subject, other_stream = [
        device(
            (await sent(f"livelink://127.0.0.1:PORT/{subject}", stream=stream, streams=stream))[0]
        )
        for subject, stream in (("A", "ann"), ("A", "ann"), ("B", "ann"), ("A", "bob"))
    ]
    assert str(uuid.UUID(first)) == first
    assert again == first
    assert len({first, other_subject, other_stream}) == 3


async def test_osc_sends_each_shape_to_its_address(sent: Sent) -> None:
    found = dict(messages(await sent("osc://127.0.0.1:PORT/{stream}/{name}", streams="main bob")))
    assert len(found) == 2 * 52
    assert found["/bob/mouthSmileLeft"] == [0.5]
    assert found["/main/jawOpen"] == [0]


@pytest.mark.parametrize(
    ("options", "address"),
    [
        ("", "/blendshape/jawOpen"),
        ("?layout=array", "/blendshapes"),
        ("?layout=indexed", "/blendshape"),
        ("/arkit/{name}", "/arkit/jawOpen"),
        ("/W?layout=indexed", "/W"),
    ],
)
async def test_an_osc_address_has_a_default_for_each_layout(
    sent: Sent, options: str, address: str
) -> None:
    assert address in dict(messages(await sent(f"osc://127.0.0.1:PORT{options}")))


@pytest.mark.parametrize(("layout", "count"), [("array", 1), ("indexed", 52)])
async def test_osc_sends_the_layout_and_scale_as_told(sent: Sent, layout: str, count: int) -> None:
    found = messages(await sent("osc://127.0.0.1:PORT/face", layout=layout, scale=100))
    assert [address for address, _ in found] == ["/face"] * count
    if layout == "array":
        [weights] = [params for _, params in found]
    else:
        weights = [weight for _, (_, weight) in sorted(found, key=lambda item: item[1][0])]
    assert len(weights) == 52
    assert weights[SMILE] == 50


async def test_an_output_is_named_after_its_address(sent: Sent) -> None:
    settings = Settings.model_validate({"outputs": ["vmc://studio", "osc://[::1]:8000"]})
    names = [output_from(section, 60).name for section in settings.outputs]
    assert names == ["vmc studio:39539", "osc [::1]:8000"]


@pytest.mark.skipif(sys.platform != "linux", reason="hops are read from a packet as Linux does it")
async def test_a_group_is_sent_to_as_far_and_by_the_way_that_was_told(open_output: Open) -> None:
    group, here, receive_hops = "239.255.77.2", "127.0.0.1", 12  # IP_RECVTTL
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as member:
        member.bind(("", 0))
        member.settimeout(5)
        member.setsockopt(socket.IPPROTO_IP, receive_hops, 1)
        try:
            both = socket.inet_aton(group) + socket.inet_aton(here)
            member.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, both)
        except OSError as problem:
            pytest.skip(f"no multicast on loopback here: {problem}")
        to = f"vmc://{group}:{member.getsockname()[1]}?reach=multicast&hops=9&interface={here}"
        output = output_from(Settings.model_validate({"outputs": [to]}).outputs[0], 60)
        await open_output(output)
        output.send({"main": smiling()}, 0, perf_counter())
        datagram, [(_, _, hops)], _, origin = member.recvmsg(2000, 100)
    assert datagram.startswith(b"#bundle")
    assert (int.from_bytes(hops, sys.byteorder), origin[0]) == (9, here)
