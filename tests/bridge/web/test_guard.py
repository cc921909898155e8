"""Who may use the interface."""

import pytest

from bridge.web import guard as guard_module
from bridge.web.guard import Guard

TOKEN = "correct-horse-battery"


async def post(served, path="/v1/streams", **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with served.client.post(path, data="joy", headers=named) as answer:
        return answer.status, await answer.json(), answer.headers


def own(served):
    return f"127.0.0.1:{served.port}"


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1:1", "http://localhost"]
)
async def test_a_page_of_another_site_cannot_send_updates(served, origin):
    """A browser sends text/plain across sites without asking first."""
    status, body, headers = await post(served, Origin=origin, Content_Type="text/plain")
    assert (status, "not allowed" in body["error"]) == (403, True)
    assert "Access-Control-Allow-Origin" not in headers
    assert served.source.mailbox.updates == 0


async def test_a_page_of_another_site_cannot_open_a_web_socket(served):
    request = served.client.get(
        "/v1/streams/main",
        headers={
            "Origin": "https://evil.example",
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
        },
    )
    async with request as answer:
        assert answer.status == 403


async def test_a_page_of_another_site_cannot_even_ask_without_an_origin(served):
    async with served.client.get("/v1/streams", headers={"Sec-Fetch-Site": "cross-site"}) as a:
        assert a.status == 403


async def test_a_page_of_the_bridge_itself_may_do_everything(served):
    assert (await post(served, Origin=f"http://{own(served)}"))[0] == 200


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:8765", 200),
        ("LOCALHOST", 200),
        ("127.0.0.1", 200),
        ("[::1]:8765", 200),
        ("192.168.1.20:8765", 200),
        ("studio.local:8765", 200),
        ("evil.example:8765", 403),
        ("localhost.evil.example", 403),
        ("", 403),
    ],
)
async def test_a_name_that_another_site_points_here_is_refused(serve, host, status):
    """DNS rebinding."""
    served = await serve(hosts=["Studio.local"])
    got, body, _ = await post(served, Host=host)
    assert got == status
    assert status == 200 or "web.hosts" in body["expected"]


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/v1/streams", "GET, HEAD, OPTIONS, POST"),
        ("/v1/status", "GET, HEAD, OPTIONS"),
        ("/v1/live", "GET, OPTIONS"),
        ("/v1/nothing", None),
    ],
)
async def test_options_names_the_methods_that_a_path_takes(serve, path, allowed):
    served = await serve()
    async with served.client.options(path) as answer:
        assert (answer.status, answer.headers.get("Allow")) == (204, allowed)


async def test_a_page_that_the_settings_name_may_ask_send_and_read(serve):
    served = await serve(origins=["https://game.example"])
    origin = {"Origin": "https://game.example"}
    asks = {**origin, "Access-Control-Request-Method": "POST"}
    async with served.client.options("/v1/streams/main", headers=asks) as answer:
        assert answer.status == 204
        assert answer.headers["Access-Control-Allow-Origin"] == "https://game.example"
        assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    status, _, headers = await post(served, **origin)
    assert status == 200
    assert headers["Access-Control-Allow-Origin"] == "https://game.example"
    async with served.client.get("/v1/streams/main/events", headers=origin) as answer:
        assert answer.headers["Access-Control-Allow-Origin"] == "https://game.example"


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (None, 401),
        (f"Bearer {TOKEN}", 200),
        (f"bearer {TOKEN}", 200),
        ("Bearer wrong", 401),
        (f"Bearer {TOKEN}x", 401),
        (f"Basic {TOKEN}", 401),
        ("Bearer é", 401),
        ("Bearer", 401),
    ],
)
async def test_without_the_token_nothing_is_answered(serve, sent, status):
    served = await serve(token=TOKEN)
    got, body, headers = await post(served, **({} if sent is None else {"Authorization": sent}))
    assert got == status
    if status == 401:
        assert headers["WWW-Authenticate"] == "Bearer"
        assert TOKEN not in str(body)
        assert served.source.mailbox.updates == 0


async def test_the_token_may_stand_in_the_address_of_what_a_browser_watches(serve):
    served = await serve(token=TOKEN)
    async with served.client.get(f"/v1/streams/main/events?access_token={TOKEN}") as answer:
        assert answer.status == 200
    assert (await post(served, f"/v1/streams?access_token={TOKEN}"))[0] == 401


async def test_more_requests_than_the_limit_are_refused(serve, monkeypatch):
    monkeypatch.setattr(guard_module, "MOST_REQUESTS", 3)
    served = await serve()
    answers = [await post(served) for _ in range(8)]
    assert {status for status, _, _ in answers} == {200, 429}
    assert next(h for s, _, h in answers if s == 429)["Retry-After"] == "1"


def test_the_guard_compares_an_origin_without_a_slash_at_its_end():
    assert Guard(None, origins=["http://localhost:3000/"])._origins == {"http://localhost:3000"}
