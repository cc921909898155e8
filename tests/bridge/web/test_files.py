import re

import pytest

from bridge.web.files import files, is_file

HTML = {"Accept": "text/html,application/xhtml+xml"}
TOKEN = "correct-horse-battery"


async def get(served, path, **headers):
    async with served.client.get(path, headers=headers) as answer:
        return answer.status, answer.headers, await answer.read()


async def test_a_browser_gets_the_page_and_a_program_the_list_of_paths(served):
    status, headers, body = await get(served, "/", **HTML)
    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert b"<title>affect-bridge</title>" in body
    _, headers, body = await get(served, "/")
    assert headers["Content-Type"].startswith("application/json")
    assert b"/v1/streams" in body


@pytest.mark.parametrize("path", sorted(files()))
async def test_each_file_may_load_nothing_from_elsewhere_and_be_framed_by_nobody(served, path):
    status, headers, body = await get(served, path, **HTML)
    assert status == 200
    assert body
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_every_file_that_a_page_or_module_names_exists():
    names = re.compile(r"""(?:src|href|from|import)\s*=?\s*"(?:/page/|\./)([\w.-]+)\"""")
    served = files()
    named = {
        name
        for file in served.values()
        if file.suffix in {".html", ".js"}
        for name in names.findall(file.read_text("utf-8"))
    }
    assert len(named) > 5
    assert {f"/page/{name}" for name in named} <= set(served)


@pytest.mark.parametrize(
    "path", ["/page/missing.js", "/page/../app.py", "/page/%2e%2e/app.py", "/page/", "/page/a/b"]
)
async def test_only_the_files_of_the_page_are_served(served, path):
    status, _, body = await get(served, path)
    assert status == 404
    assert b"no such path" in body


async def test_the_page_needs_no_token_and_what_it_asks_for_does(serve):
    served = await serve(token=TOKEN)
    assert (await get(served, "/", **HTML))[0] == 200
    assert (await get(served, "/page/main.js"))[0] == 200
    for path in ("/v1/streams", "/v1/status", "/v1/live", "/v1/openapi.json"):
        assert (await get(served, path))[0] == 401, path


async def test_a_link_on_another_site_opens_the_page_and_nothing_else(served):
    followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "document", **HTML}
    assert (await get(served, "/", **followed))[0] == 200
    assert (await get(served, "/v1/streams", **followed))[0] == 403
    assert (await get(served, "/page/main.js", **followed | {"Sec-Fetch-Dest": "script"}))[0] == 403
    assert (await get(served, "/", Origin="https://evil.example", **followed))[0] == 403


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/", True),
        ("/face", True),
        ("/page/main.js", True),
        ("/page/a/../../v1/streams", False),
        ("/v1/streams", False),
        ("/page/", False),
        ("/faces", False),
    ],
)
def test_what_needs_no_token_is_told_by_its_path(path, expected):
    assert is_file(path) is expected
