"""Single messages over UDP."""

import asyncio

from bridge.outputs.messages import Messages, send_now


async def opened(messages: Messages) -> "asyncio.Task[None]":
    up = asyncio.Event()
    task = asyncio.create_task(messages.run(up.set))
    await asyncio.wait_for(up.wait(), 5)
    return task


async def closed(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.wait([task])


async def test_messages_arrive_from_one_port(receiver):
    messages = Messages("osc", "127.0.0.1", receiver.port)
    assert not messages.send_message(b"too early")
    task = await opened(messages)
    assert messages.send_message(b"one")
    assert messages.send_message(b"two")
    got = receiver.received()
    assert [datagram for datagram, _ in got] == [b"one", b"two"]
    assert len({sender for _, sender in got}) == 1
    await closed(task)
    assert not messages.send_message(b"too late")


async def test_a_message_arrives_although_the_one_before_found_nobody(receiver):
    """The system reports a refusal on the next send, and does not send that one."""
    messages = Messages("osc", "127.0.0.1", receiver.port)
    task = await opened(messages)
    receiver.leave()
    messages.send_message(b"lost")
    await asyncio.sleep(0.05)
    receiver.come_back()
    assert messages.send_message(b"first")
    assert receiver.payloads() == [b"first"]
    await closed(task)


async def test_nobody_who_listens_costs_nothing(receiver):
    messages = Messages("osc", "127.0.0.1", receiver.port)
    task = await opened(messages)
    receiver.leave()
    for _ in range(20):
        messages.send_message(b"lost")
    await asyncio.sleep(0.05)
    assert not task.done()
    await closed(task)
    assert not send_now(None, b"")
