import asyncio

from bridge.web.status import Status


async def test_the_state_has_frames_inputs_outputs_and_streams(served):
    async with served.client.get("/v1/status") as answer:
        told = await answer.json()
    assert told["frames"]["wanted_per_second"] == 60
    assert told["frames"]["sent"] > 0
    assert told["streams"][0]["name"] == "main"
    assert (told["inputs"], told["outputs"]) == ([], [])


class CountingLink:
    def __init__(self):
        self.asked = 0

    async def ask(self, kind):
        await asyncio.sleep(0.01)
        self.asked += 1
        return {kind: {"number": self.asked}}


async def test_many_who_ask_at_once_cost_the_bridge_one_question():
    link = CountingLink()
    status = Status(link)
    told = await asyncio.gather(*(status.recent(60) for _ in range(20)))
    assert told == [{"number": 1}] * 20
    assert link.asked == 1


async def test_what_is_too_old_is_asked_for_again():
    status = Status(CountingLink())
    assert await status.recent(0.02) == {"number": 1}
    await asyncio.sleep(0.05)
    assert await status.recent(0.02) == {"number": 2}
