"""Only who knows the secret is let in."""

import asyncio
from contextlib import suppress

import pytest

from bridge.link import listener as listener_module
from bridge.link.listener import Listener, connect


async def test_who_knows_the_secret_is_connected():
    async with Listener() as listener:
        invitation = listener.invitation
        reader, writer = await connect(invitation["link"], invitation["secret"])
        theirs, ours = await asyncio.wait_for(listener.link, 5)
        writer.write(b"hello")
        ours.write(b"good day")
        assert (await theirs.readexactly(5), await reader.readexactly(8)) == (b"hello", b"good day")
    assert await reader.read() == b""


@pytest.mark.parametrize("secret", ["0" * 64, "0" * 200, "short"])
async def test_who_does_not_is_closed_and_the_right_one_still_comes(secret, monkeypatch):
    monkeypatch.setattr(listener_module, "_HANDSHAKE_TIMEOUT", 0.2)
    async with Listener() as listener:
        invitation = listener.invitation
        wrong, _ = await connect(invitation["link"], secret)
        with suppress(ConnectionError):  # closed with unread bytes
            assert await asyncio.wait_for(wrong.read(), 5) == b""
        assert not listener.link.done()
        await connect(invitation["link"], invitation["secret"])
        await asyncio.wait_for(listener.link, 5)


async def test_nobody_can_connect_after_the_right_one():
    async with Listener() as listener:
        invitation = listener.invitation
        await connect(invitation["link"], invitation["secret"])
        await asyncio.wait_for(listener.link, 5)
        with pytest.raises(ConnectionError):
            await connect(invitation["link"], invitation["secret"])


async def test_each_secret_is_another():
    async with Listener() as one, Listener() as other:
        assert one.invitation["secret"] != other.invitation["secret"]
        assert len(one.invitation["secret"]) == 64
