"""A smile arrives as any other face, and ends at the neutral face."""

import socket

import numpy as np

from bridge.doctor.smile import smile
from bridge.outputs.output import NO_LISTENER
from protocols.dialects import DIALECTS
from tests.bridge.doctor.conftest import settings_with


async def test_the_receiver_sees_a_smile_and_then_a_neutral_face(receiver, engine):
    port = receiver.getsockname()[1]
    settings = settings_with(outputs=[f"osc://127.0.0.1:{port}/face?layout=array"])
    receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    [sent], punctuality = await smile(settings.outputs, engine, 60, seconds=0.6)
    assert (sent.came_up, sent.errors, sent.trouble) == (True, 0, "")
    assert 25 < sent.frames < 70
    assert 40 < punctuality.achieved < 70
    receiver.setblocking(False)
    datagrams = []
    while True:
        try:
            datagrams.append(receiver.recv(65536))
        except BlockingIOError:
            break
    assert len(datagrams) == sent.packets
    weights = [np.frombuffer(datagram[-4 * 52 :], ">f4") for datagram in datagrams]
    assert weights[len(weights) // 2].max() > 0.3
    assert weights[-1].max() == 0.0


async def test_refusals_are_counted_where_nothing_listens(closed_port, engine):
    settings = settings_with(outputs=[f"vmc://127.0.0.1:{closed_port}"])
    [sent], _ = await smile(settings.outputs, engine, 60, seconds=0.6)
    assert sent.errors > 10
    assert sent.trouble == NO_LISTENER


async def test_an_output_that_cannot_open_says_why_and_the_others_get_the_smile(receiver, engine):
    port = receiver.getsockname()[1]
    outputs = ["vmc://no-such-host.invalid:39539", f"vmc://127.0.0.1:{port}"]
    wrong, right = (await smile(settings_with(outputs=outputs).outputs, engine, 60, 0.3))[0]
    assert "cannot find the host no-such-host.invalid" in wrong.why_not
    assert (right.why_not, right.frames > 10) == ("", True)


async def test_each_stream_that_an_output_names_smiles(receiver, engine):
    port = receiver.getsockname()[1]
    outputs = [{"to": f"livelink://127.0.0.1:{port}/Bob", "stream": "bob"}]
    [sent], _ = await smile(settings_with(outputs=outputs).outputs, engine, 60, 0.5)
    decoder = DIALECTS["livelink"].decoder()
    frames = [frame for _ in range(20) for frame in decoder.feed(receiver.recv(65536))]
    assert sent.packets >= 20
    assert max(max(frame.weights.values()) for frame in frames) > 0.2
