"""The doctor over HTTP: who may ask, and what is answered while it cannot look."""

import asyncio

import pytest


@pytest.fixture
def examined(serve):
    """Starts a bridge whose examinations end as told; returns it."""

    async def start(told, **how):
        served = await serve(**how)

        async def examine():
            await asyncio.sleep(0)
            return told

        served.views.examine = examine
        return served

    return start


@pytest.mark.parametrize(
    ("told", "status", "says"),
    [
        ({"problems": [], "findings": []}, 200, None),
        ({"busy": True}, 429, "an examination runs already"),
        ({"error": "it took longer than 30 s", "expected": "try again"}, 503, "it took longer"),
    ],
)
async def test_what_comes_of_an_examination_is_told(examined, told, status, says):
    served = await examined(told)
    async with served.client.post("/v1/examination") as answer:
        body = await answer.json()
        assert answer.status == status
    assert body == told if says is None else says in body["error"]


async def test_one_that_takes_longer_than_other_questions_is_waited_for(examined, monkeypatch):
    monkeypatch.setattr("bridge.web.bridge_link.PATIENCE", 0.1)
    served = await examined({})

    async def slow():
        await asyncio.sleep(0.5)
        return {"problems": [], "findings": []}

    served.views.examine = slow
    async with served.client.post("/v1/examination") as answer:
        assert answer.status == 200


async def test_who_may_not_steer_may_not_make_the_face_smile(examined):
    served = await examined({"problems": [], "findings": []}, control=False)
    async with served.client.post("/v1/examination") as answer:
        assert answer.status == 403
    served = await examined({"problems": [], "findings": []}, token="correct-horse-battery")
    async with served.client.post("/v1/examination") as answer:
        assert answer.status == 401
    foreign = {"Origin": "https://game.example"}
    async with served.client.post("/v1/examination", headers=foreign) as answer:
        assert answer.status == 403


async def test_reading_alone_starts_nothing(examined):
    served = await examined({"problems": [], "findings": []})
    async with served.client.get("/v1/examination") as answer:
        assert answer.status == 405
