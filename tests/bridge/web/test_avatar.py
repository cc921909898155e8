import base64
import hashlib
import json
import re
import tomllib
from pathlib import Path

import pytest

from bridge.web.avatar import LIBRARIES
from bridge.web.files import files, is_file

ROOT = Path(__file__).parents[3]
HTML = {"Accept": "text/html"}
TOKEN = "correct-horse-battery"


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "me.vrm"
    path.write_bytes(b"glTF" + bytes(1000))
    return path


async def test_the_file_of_the_setting_is_served_and_asked_for_again_only_if_it_changed(
    serve, model
):
    served = await serve(avatar=str(model))
    async with served.client.get("/v1/avatar") as answer:
        assert answer.status == 200
        assert await answer.read() == model.read_bytes()
        assert answer.content_type == "model/gltf-binary"
        assert answer.headers["Cache-Control"] == "private, no-cache"
        tag = answer.headers["ETag"]
    async with served.client.get("/v1/avatar", headers={"If-None-Match": tag}) as answer:
        assert answer.status == 304
    model.write_bytes(b"glTF" + bytes(2000))
    async with served.client.get("/v1/avatar", headers={"If-None-Match": tag}) as answer:
        assert answer.status == 200


async def test_only_those_who_may_see_the_page_get_it(serve, model):
    served = await serve(avatar=str(model), token=TOKEN)
    async with served.client.get("/v1/avatar") as answer:
        assert answer.status == 401
    async with served.client.get(
        "/v1/avatar", headers={"Authorization": f"Bearer {TOKEN}"}
    ) as answer:
        assert answer.status == 200


async def test_a_page_knows_its_name_and_not_where_it_is(serve, model):
    served = await serve(avatar=str(model))
    async with served.client.ws_connect("/v1/live") as socket:
        hello = (await socket.receive_json(timeout=10))["hello"]
    assert hello["avatar"]["name"] == "me.vrm"
    assert str(model.parent) not in json.dumps(hello)


async def test_without_the_setting_there_is_none(served):
    async with served.client.get("/v1/avatar") as answer:
        assert answer.status == 404
        assert (await answer.json())["error"] == "no avatar is set"


@pytest.mark.parametrize(("size", "why"), [((1 << 20) + 1, "too large"), (None, "is missing")])
async def test_a_file_that_has_grown_or_gone_is_refused(serve, model, size, why):
    served = await serve(avatar=str(model))
    if size is None:
        model.unlink()
    else:
        with model.open("r+b") as file:
            file.truncate(size)
    async with served.client.get("/v1/avatar") as answer:
        assert answer.status == 404
        assert why in (await answer.json())["error"]


@pytest.mark.parametrize("path", ["/", "/face"])
async def test_a_page_may_have_its_import_map_inline_and_read_the_textures_of_a_model(served, path):
    async with served.client.get(path, headers=HTML) as answer:
        policy = answer.headers["Content-Security-Policy"]
        [inline] = re.findall(r'<script type="importmap">(.*?)</script>', await answer.text(), re.S)
    digest = base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()
    assert f"script-src 'self' 'sha256-{digest}';" in policy
    assert "img-src 'self' blob:;" in policy
    assert "connect-src 'self' blob:;" in policy


async def test_the_policy_stays_strict_elsewhere(served):
    for path, file in files().items():
        if file.suffix != ".html":
            async with served.client.get(path) as answer:
                policy = answer.headers["Content-Security-Policy"]
                assert "blob:" not in policy, path
                assert "script-src 'self';" in policy, path


def test_the_import_map_of_each_page_leads_to_the_libraries():
    for name in ("index.html", "face.html"):
        text = (ROOT / "bridge/web/page" / name).read_text("utf-8")
        [inline] = re.findall(r'<script type="importmap">(.*?)</script>', text, re.DOTALL)
        for path in json.loads(inline)["imports"].values():
            assert any(library.startswith(path) for library in LIBRARIES), path


async def test_libraries_are_served_without_a_token_and_nothing_else_beside_them(serve):
    served = await serve(token=TOKEN)
    for path, file in LIBRARIES.items():
        assert is_file(path)
        async with served.client.get(path) as answer:
            assert answer.status == (200 if file.exists() else 404), path
    for path in ("package.json", "node_modules/three/package.json", "three/package.json"):
        async with served.client.get(f"/page/libraries/{path}") as answer:
            assert answer.status in {401, 404}


def test_a_wheel_contains_each_library_with_its_licence():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    packed = set(project["tool"]["hatch"]["build"]["artifacts"])
    needed = {file.relative_to(ROOT).as_posix() for file in LIBRARIES.values()}
    modules = Path("bridge/web/libraries/node_modules")
    licences = {(modules / n / "LICENSE").as_posix() for n in ("three", "@pixiv/three-vrm")}
    assert packed == needed | licences


def test_the_lock_file_names_no_host_and_each_checksum():
    lock = (ROOT / "bridge/web/libraries/package-lock.json").read_text("utf-8")
    assert "http" not in lock
    packages = json.loads(lock)["packages"]
    assert all("integrity" in about for name, about in packages.items() if name)
    assert {"node_modules/three", "node_modules/@pixiv/three-vrm"} <= set(packages)
