"""The bridge's side of the web process: what it answers, and a process that misbehaves."""

import asyncio
import json
import socket

import pytest

from bridge.config.web import WebSection
from bridge.inputs.from_settings import mailbox_for
from bridge.inputs.views import NoViews
from bridge.inputs.web import Conversation, WebInput
from bridge.link import heartbeat
from bridge.link.packets import Packet, PacketError, read_packet
from bridge.supervision.supervised import Unavailable


def section(**settings):
    return WebSection.model_validate(settings)


@pytest.fixture
def source(mixer):
    found = section()
    return WebInput(found.name, mailbox_for(found, mixer), found, NoViews())


def test_an_update_is_posted_and_its_answer_says_what_was_understood(source, targets):
    told = source.answer(b"freude 0.5", "alice", "me")["understood"]
    assert (told["stream"], told["label"], told["hold_seconds"]) == ("alice", "freude 0.5", None)
    assert targets()["alice"].valence == told["valence"] > 0


def test_a_recording_gets_what_was_sent(mixer, source):
    heard = []
    with mixer.tapped(heard.append):
        source.answer(b"freude 0.5", "alice", "me")
    assert [each.sent for each in heard] == ["freude 0.5"]


def test_the_hold_of_the_settings_is_told(mixer):
    found = section(hold=3)
    source = WebInput("web", mailbox_for(found, mixer), found, NoViews())
    assert source.answer(b"joy", "main", "")["understood"]["hold_seconds"] == 3.0
    forever = b'{"emotion": "joy", "hold": "forever"}'
    assert source.answer(forever, "main", "")["understood"]["hold_seconds"] is None


@pytest.mark.parametrize("sent", [b"", b"\xff\xfe", b"\x00", b"{", b"[" * 20000, b"nonsense!"])
def test_nonsense_is_answered_and_counted(source, sent):
    told = source.answer(sent, "main", "")
    assert set(told) == {"error", "expected"}
    assert source.complaints.refused == 1


def test_a_flood_is_told_to_wait(source):
    answers = [source.answer(b"joy", "main", "") for _ in range(1200)]
    assert {"busy": True} in answers
    assert source.complaints.rejects["too_many"] > 0
    assert json.dumps(answers)


async def conversation(source, *packets, views=None, open_for=0.0):
    """The answers to these packets, and how it ends."""
    met = asyncio.get_running_loop().create_future()
    server = await asyncio.start_server(lambda *ends: met.set_result(ends), "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    theirs = await met
    ups: list[bool] = []
    talk = asyncio.create_task(
        Conversation(source, views or NoViews(), *theirs).run(lambda: ups.append(True))
    )
    writer.write(b"".join(packets))
    await asyncio.sleep(open_for)
    writer.write_eof()
    [ended] = await asyncio.gather(talk, return_exceptions=True)
    theirs[1].close()
    answers = []
    try:
        while True:
            answers.append((await read_packet(reader)).head)
    except EOFError:
        pass
    writer.close()
    server.close()
    return answers, ended, len(ups)


async def test_every_question_is_answered_by_its_number(source):
    asked = [{"kind": "up"}] + [
        {"kind": "update", "number": n, "stream": "main", "from": "me"} for n in (7, 3)
    ]
    answers, ended, ups = await conversation(source, *(Packet(a, b"joy").encode() for a in asked))
    assert [(a["number"], a["understood"]["label"]) for a in answers] == [
        (7, "joy 1"),
        (3, "joy 1"),
    ]
    assert isinstance(ended, EOFError)
    assert ups == 1


@pytest.mark.parametrize(
    "head",
    [{}, {"kind": "dance"}, {"kind": "update"}, {"kind": "look", "faces": "main"}],
)
async def test_a_question_that_is_none_ends_the_conversation(source, head):
    _, ended, _ = await conversation(source, Packet(head).encode())
    assert isinstance(ended, PacketError)


async def test_an_examination_does_not_hold_up_updates(source):
    class Slow(NoViews):
        async def examine(self):
            await asyncio.sleep(0.3)
            return {"problems": [], "findings": []}

    update = {"kind": "update", "number": 2, "stream": "main", "from": "me"}
    sent = [Packet({"kind": "examine", "number": 1}).encode(), Packet(update, b"joy").encode()]
    answers = await conversation(source, *sent, views=Slow(), open_for=0.6)
    assert [answer["number"] for answer in answers[0]] == [2, 1]


async def test_a_second_look_at_a_time_is_not_begun(source):
    """So that however often it asks, one look waits."""
    look = Packet({"kind": "look", "faces": []}).encode()
    _, ended, _ = await conversation(source, look, look)
    assert isinstance(ended, PacketError)


async def test_a_port_that_cannot_be_opened_is_the_reason(source):
    failed = Packet({"kind": "failed", "why": "TCP port 1 is taken"}).encode()
    _, ended, _ = await conversation(source, failed)
    assert isinstance(ended, Unavailable)
    assert str(ended) == "TCP port 1 is taken"


async def test_no_process_is_started_for_a_port_that_is_taken(mixer, monkeypatch):
    monkeypatch.setattr("bridge.inputs.web.Child", None)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        found = section(at=f"127.0.0.1:{taken.getsockname()[1]}")
        source = WebInput("web", mailbox_for(found, mixer), found, NoViews())
        with pytest.raises(Unavailable, match="already taken by another program"):
            await source.run(lambda: None)


@pytest.mark.parametrize(
    ("token", "why"),
    [("short", "at least 16"), ("é" * 20, "ASCII"), (None, "WEB_TOKEN is not set")],
)
async def test_without_a_good_token_nothing_is_started(mixer, monkeypatch, token, why):
    if token is not None:
        monkeypatch.setenv("WEB_TOKEN", token)
    found = section(token_env="WEB_TOKEN")
    source = WebInput("web", mailbox_for(found, mixer), found, NoViews())
    with pytest.raises(Unavailable, match=why) as refused:
        await source.run(lambda: None)
    assert refused.value.hopeless
    assert token is None or token not in str(refused.value)


async def test_a_process_that_cannot_start_is_the_reason(source, monkeypatch):
    monkeypatch.setattr("sys.executable", "/no/such/python")
    with pytest.raises(Unavailable, match="cannot be started"):
        await source.run(lambda: None)


async def test_a_process_that_is_silent_for_too_long_is_given_up(source, monkeypatch):
    monkeypatch.setattr(heartbeat, "EVERY", 0.02)
    _, ended, _ = await conversation(source, open_for=1.0)
    assert isinstance(ended, Unavailable)
    assert "did not respond" in str(ended)
