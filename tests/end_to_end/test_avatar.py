"""An avatar of one's own on the page, in a browser. The models are made by `models.py`."""

import base64
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from pythonosc.udp_client import SimpleUDPClient

from tests.end_to_end import models
from tests.end_to_end.brokers import is_open
from tests.end_to_end.chromium import started, until

ROOT = Path(__file__).parents[2]
INSTALLED = (ROOT / "bridge/web/libraries/node_modules/three/build/three.module.js").exists()
needs_libraries = pytest.mark.skipif(not INSTALLED, reason="`make avatar` has not been run")
if not INSTALLED and "CI" in os.environ:
    raise RuntimeError("CI must run `make avatar`")

SPELT = {
    "jawOpen": "JAWOPEN",
    "mouthSmileLeft": "mouthSmile_L",
    "mouthSmileRight": "Face.mouth_smile_right",
    "eyeBlinkLeft": "EyeBlinkLeft",
    "eyeBlinkRight": "eyeBlink_R",
}
CUSTOM = {name: name[0].upper() + name[1:] for name in SPELT}
MODELS = {
    "head.glb": models.glb(SPELT),
    "presets.vrm": models.vrm(),
    "perfect.vrm": models.vrm(custom=CUSTOM),
    "old.vrm": models.vrm0(),
}
PRESETS = "0 of the 52 shapes by name. VRM presets: happy, blink, blinkLeft, blinkRight, aa"
TOLD = {
    "head.glb": "5 of the 52 shapes by name",
    "presets.vrm": PRESETS,
    "perfect.vrm": "5 of the 52 shapes by name. Head: head and neck bones",
    "old.vrm": PRESETS,
}
MOUTH, HAIR = (0.25, 0.5, 0.75, 0.7), (0.3, 0.05, 0.7, 0.3)
DROP = """([name, data]) => {
  const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
  const files = new DataTransfer();
  files.items.add(new File([bytes], name));
  const stage = document.querySelector(".stage");
  for (const kind of ["dragover", "drop"]) {
    stage.dispatchEvent(new DragEvent(kind, {
      dataTransfer: files, bubbles: true, cancelable: true,
    }));
  }
}"""
KEPT = """import("/page/kept.js").then(({ kept }) => kept()).then((file) => file?.name)"""
DIRECTIONS = """async ([data, poses]) => {
  const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0)).buffer;
  const { load } = await import("/page/avatar.js");
  const { Connection } = await import("/page/connection.js");
  const connection = new Connection();
  const hello = await new Promise((resolve) =>
    connection.addEventListener("hello", ({ detail }) => resolve(detail)));
  const canvas = document.createElement("canvas");
  canvas.style = "position: fixed; inset: 0; width: 320px; height: 400px";
  document.body.append(canvas);
  const avatar = await load(bytes, "model", canvas, hello, 1);
  const still = new Float32Array(52), feeling = new Float32Array(3);
  const irises = poses.map((angles) => {
    for (let n = 0; n < 3; n++) {
      avatar.paint({ weights: still, rotations: Float32Array.from(angles), feeling });
    }
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d");
    copy.drawImage(canvas, 0, 0);
    const { data, width } = copy.getImageData(0, 0, canvas.width, canvas.height);
    const found = [];
    for (let at = 0; at < data.length; at += 4) {
      const [red, green, blue] = data.subarray(at, at + 3);
      if (green > 1.5 * red && green > 1.1 * blue) {
        found.push([(at / 4) % width, Math.floor(at / 4 / width)]);
      }
    }
    const mean = (rows, axis) => rows.reduce((sum, row) => sum + row[axis], 0) / rows.length;
    const middle = mean(found, 0);
    const left = found.filter(([x]) => x < middle), right = found.filter(([x]) => x >= middle);
    return [middle, mean(found, 1), mean(right, 1) - mean(left, 1)];
  });
  avatar.dispose();
  return irises;
}"""


@pytest.fixture(scope="module")
def browser():
    with started() as chromium:
        yield chromium


@pytest.fixture
def web(face, tmp_path, free_tcp_port, free_udp_port, eventually):
    """Starts a bridge that serves the page; returns its address. `settings`: more of `web`."""

    def start(settings=""):
        config = tmp_path / "studio.yaml"
        config.write_text(
            f"interpolation: none\nface: {{idle: false}}\n"
            f"inputs: ['osc://127.0.0.1:{free_udp_port}']\n"
            f"web: {{at: '127.0.0.1:{free_tcp_port}'{settings}}}\n"
        )
        bridge = face(str(config), "--still")
        place = f"127.0.0.1:{free_tcp_port}"
        eventually(lambda: bridge.logged(f"web {place}: open http://{place}"), 30)
        return f"http://{place}"

    return start


@pytest.fixture
def feel(free_udp_port):
    client = SimpleUDPClient("127.0.0.1", free_udp_port)
    return lambda emotion: client.send_message("/emotion", emotion)


def drop(page, name, data):
    page.wait_for_selector("#state[data-state=live]")
    page.evaluate(DROP, [name, base64.b64encode(data).decode()])


def told(page):
    return page.inner_text("#panel-avatar")


def smiles(browser, page, feel):
    """Whether the mouth, and not the hair, moves when happiness arrives."""
    picture = page.locator(".avatar")
    feel("neutral")
    page.wait_for_timeout(1500)
    before = picture.screenshot()

    def moved():
        feel("happiness")
        return browser.difference(before, picture.screenshot(), MOUTH) > 3

    until(page, moved)
    return browser.difference(before, picture.screenshot(), HAIR) < 1.5


@needs_libraries
@pytest.mark.parametrize("name", MODELS)
def test_a_dropped_model_is_drawn_and_smiles_when_happiness_arrives(browser, web, feel, name):
    with browser.open(f"{web()}/?sharpness=1", size=(900, 640)) as page:
        sent = []
        page.on("request", lambda request: sent.append(request.method))
        drop(page, name, MODELS[name])
        page.wait_for_selector("canvas.avatar")
        until(page, lambda: TOLD[name] in told(page))
        assert smiles(browser, page, feel)
        assert set(sent) == {"GET"}  # the file stays in the browser


@needs_libraries
def test_what_matched_is_listed_and_what_is_missing(browser, web):
    with browser.open(web(), size=(900, 640)) as page:
        drop(page, "head.glb", MODELS["head.glb"])
        page.wait_for_selector(".matches li")
        pairs = [row.inner_text().split() for row in page.locator(".matches li").all()]
        assert dict(pairs) == SPELT
        assert "browInnerUp" in told(page).partition("Not found: ")[2]


@needs_libraries
def test_a_dropped_model_is_there_the_next_time_until_it_is_removed(browser, web):
    with browser.open(web(), size=(900, 640)) as page:
        drop(page, "head.glb", MODELS["head.glb"])
        until(page, lambda: "head.glb: 5" in told(page))
        until(page, lambda: page.evaluate(KEPT) == "head.glb")
        page.reload()
        until(page, lambda: "head.glb: 5" in told(page))
        page.get_by_role("button", name="Remove it").click()
        until(page, lambda: "its own head" in told(page))
        page.reload()
        page.wait_for_selector("#state[data-state=live]")
        until(page, lambda: "its own head" in page.locator("#panel-avatar").text_content())
        assert page.locator("canvas.avatar").count() == 0


@needs_libraries
def test_the_setting_shows_a_model_in_obs_with_nothing_behind_it(browser, web, feel, tmp_path):
    (tmp_path / "me.vrm").write_bytes(MODELS["presets.vrm"])
    with browser.open(f"{web(', avatar: me.vrm')}/face?sharpness=1", size=(320, 400)) as page:
        page.wait_for_selector("canvas.avatar")
        assert smiles(browser, page, feel)
        picture = page.screenshot(omit_background=True)
        assert browser.opacity(picture, (0, 0, 0.1, 0.1)) == 0
        assert browser.opacity(picture, (0.45, 0.4, 0.55, 0.5)) == 1


@needs_libraries
def test_a_dropped_model_counts_more_than_the_setting(browser, web, tmp_path):
    (tmp_path / "me.vrm").write_bytes(MODELS["presets.vrm"])
    with browser.open(f"{web(', avatar: me.vrm')}/#avatar", size=(900, 640)) as page:
        until(page, lambda: "me.vrm, from the setting web.avatar" in told(page))
        drop(page, "head.glb", MODELS["head.glb"])
        until(page, lambda: "head.glb: 5" in told(page))
        page.get_by_role("button", name="Remove it").click()
        until(page, lambda: "me.vrm, from the setting web.avatar" in told(page))


@needs_libraries
@pytest.mark.parametrize("name", ["head.glb", "presets.vrm", "old.vrm"])
def test_head_and_eyes_turn_to_the_side_that_the_bridge_says(browser, web, name):
    """Angles are positive to the face's own right, which is the left of the picture; downwards; and
    to its right shoulder."""
    rest, turn = [0.0] * 9, 0.3
    poses = [rest, *([turn if n == axis else 0.0 for n in range(9)] for axis in range(3))]
    poses += [[*([0.0] * 3), turn, 0, 0, turn, 0, 0], [*([0.0] * 3), 0, turn, 0, 0, turn, 0]]
    with browser.open(web(), size=(900, 640)) as page:
        page.wait_for_selector("#state[data-state=live]")
        data = base64.b64encode(MODELS[name]).decode()
        ahead, yaw, pitch, roll, aside, down = page.evaluate(DIRECTIONS, [data, poses])
    assert yaw[0] < ahead[0] - 3
    assert pitch[1] > ahead[1] + 3
    assert roll[2] < ahead[2] - 3  # the eye on the right of the picture goes up
    if name != "head.glb":  # whose eyes nothing moves
        assert aside[0] < ahead[0] - 1
        assert down[1] > ahead[1] + 1


@needs_libraries
@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("notes.txt", b"solid cube, and many more lines", "this is no GLB file"),
        ("cut.glb", MODELS["head.glb"][:2000], "cut short"),
        (
            "spoilt.glb",
            MODELS["head.glb"].replace(b'"bufferView": 1,', b'"bufferView":99,'),
            "spoilt.glb: the file cannot be read",
        ),
        (
            "empty.glb",
            MODELS["head.glb"].replace(b'"POSITION"', b'"POSITIOM"'),
            "empty.glb: there is nothing in it to draw",
        ),
    ],
)
def test_a_file_that_cannot_be_drawn_is_refused_and_the_head_stays(browser, web, name, data, why):
    with browser.open(web(), size=(900, 640)) as page:
        drop(page, name, data)
        until(page, lambda: why in page.inner_text("#panel-avatar .answer[data-refused=true]"))
        assert page.locator("canvas.avatar").count() == 0
        assert page.locator("#face").evaluate("(face) => face.style.opacity") == ""


def test_without_the_libraries_the_page_says_what_to_run_and_works(
    browser, tmp_path, free_tcp_port, eventually
):
    """A copy of the packages, in which nobody has run `make avatar`."""
    for package in ("bridge", "protocols"):
        left_out = shutil.ignore_patterns("node_modules", "__pycache__")
        shutil.copytree(ROOT / package, tmp_path / package, ignore=left_out)
    bridge = subprocess.Popen(
        [
            *(sys.executable, "-m", "bridge", "run", "--from", "demo"),
            *("--to", "osc://127.0.0.1:9", "--web", f"127.0.0.1:{free_tcp_port}"),
        ],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        stderr=subprocess.DEVNULL,
    )
    try:
        eventually(lambda: is_open(free_tcp_port), 30)
        # The browser itself logs that the libraries are missing.
        address = f"http://127.0.0.1:{free_tcp_port}"
        with browser.open(address, size=(900, 640), watched=False) as page:
            drop(page, "presets.vrm", MODELS["presets.vrm"])
            until(page, lambda: "Run `make avatar`" in told(page))
            before = page.locator("#face").screenshot()
            page.keyboard.press("1")
            until(page, lambda: browser.difference(before, page.locator("#face").screenshot()) > 1)
    finally:
        bridge.kill()
        bridge.wait()
