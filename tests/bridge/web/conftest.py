"""A bridge that sends frames and the application that serves it, in one process, over real
connections."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bridge.config.web import WebSection
from bridge.daemon.visible import Visible
from bridge.emotion.mixer import Mixer
from bridge.frames.clock import FrameClock
from bridge.frames.interpolation import Immediate
from bridge.frames.loop import FrameLoop
from bridge.frames.pipeline import Pipeline
from bridge.health.condition import Condition
from bridge.health.vitals import Vitals
from bridge.inputs.from_settings import mailbox_for
from bridge.inputs.web import Conversation, WebInput
from bridge.link.heartbeat import beat
from bridge.link.listener import Listener, connect
from bridge.web.app import app
from bridge.web.bridge_link import BridgeLink
from protocols import vrm
from protocols.arkit import BLENDSHAPES


@pytest.fixture
async def serve(engine: Any) -> AsyncIterator[Callable[..., Awaitable[Any]]]:
    """Starts both; returns their parts, and a client that knows the address."""
    async with AsyncExitStack() as stack:

        async def start(
            token: str | None = None,
            hosts: Any = (),
            origins: Any = (),
            control: bool = True,
            avatar: Any = None,
        ) -> Any:
            mixer = Mixer()
            pipeline = Pipeline(mixer, Immediate(), engine)
            clock = FrameClock(60)
            frames = FrameLoop(clock, pipeline, [], lambda: None)
            condition = Condition(Vitals(mixer, pipeline, clock, frames, [], []))
            frames.start()
            stack.callback(frames.finish)
            section = WebSection.model_validate({})
            views = Visible(mixer, pipeline, lambda: frames, condition=lambda: condition)
            source = WebInput("web", mailbox_for(section, mixer), section, views)
            async with Listener() as listener:
                invitation = listener.invitation
                ours = await connect(invitation["link"], invitation["secret"])
                theirs = await listener.link
                listener.link = asyncio.get_running_loop().create_future()  # ours to close
            link = BridgeLink(*ours, BLENDSHAPES)
            conversation = Conversation(source, views, *theirs).run(lambda: None)
            for work in (conversation, link.run(), beat(ours[1])):
                stack.callback(asyncio.create_task(work).cancel)
            told = {
                **{"token": token, "hosts": hosts, "origins": origins},
                **{"version": "1", "blendshapes": BLENDSHAPES, "control": control},
                **{"emotions": [["happiness", 0.8, 0.6, 0.5]], "names": ["happiness"]},
                **{"avatar": {"file": avatar, "megabytes": 1}, "presets": vrm.TABLES},
            }
            runner = web.AppRunner(app(link, told), handler_cancellation=True, shutdown_timeout=0.1)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            stack.push_async_callback(site.stop)
            port = runner.addresses[0][1]
            client = await stack.enter_async_context(
                aiohttp.ClientSession(f"http://127.0.0.1:{port}")
            )
            return SimpleNamespace(
                client=client,
                port=port,
                mixer=mixer,
                link=link,
                source=source,
                frames=frames,
                views=views,
            )

        yield start


@pytest.fixture
async def served(serve: Callable[..., Awaitable[Any]]) -> Any:
    """Without a token."""
    return await serve()
