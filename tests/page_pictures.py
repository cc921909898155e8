"""Makes the pictures of the page in docs/. Part of `make docs`; needs Chromium.

Like photographs, no two are the same to the last pixel, so nothing compares them.
"""

import contextlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from protocols.arkit import pascal
from tests.end_to_end import models
from tests.end_to_end.chromium import CHROMIUM, FLAGS

DOCS = Path(__file__).parents[1] / "docs"
WIDE, PHONE = (1280, 860), (390, 844)
LARGEST = 200_000
"""Bytes of a picture."""
STREAMS = {
    "alice": "joy",
    "bob": "anger",
    "carol": "surprise",
    "dan": "sadness",
    "erin": "fear",
    "frank": "contempt",
    "grace": "disgust",
    "heidi": "relaxed",
    "ivan": "curious",
}
CONFIG = """
inputs: [demo, "osc://127.0.0.1:{osc}"]
outputs:
  - to: vmc://127.0.0.1:{vmc}
  - to: osc://127.0.0.1:{wall}/{{stream}}/{{name}}
web: 127.0.0.1:{web}
"""


def main() -> int:
    """Make all of them. Returns the exit status."""
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415 - may be missing
    except ImportError:
        print("docs: no pictures of the page: playwright is not installed")
        return 0
    if CHROMIUM is None:
        print("docs: no pictures of the page: Chromium is not installed")
        return 0
    with bridge() as address, sync_playwright() as driver:
        chromium = driver.chromium.launch(
            executable_path=CHROMIUM, headless=True, chromium_sandbox=False, args=FLAGS
        )
        camera = Camera(chromium, address)
        camera.take("page.jpg", "steer", stream="alice")
        camera.take("page-numbers.jpg", "numbers", scheme="dark", seconds=16)
        camera.take("page-phone.jpg", "steer", size=PHONE, stream="carol")
        camera.take("page-path.jpg", "path")
        camera.take("page-layers.jpg", "layers", scheme="dark", stream="heidi")
        camera.take("page-streams.jpg", "streams", stream="alice")
        camera.take("page-obs.png", "", size=(320, 400), stream="alice")
        own = {name: pascal(name) for name in models.MOVES}
        camera.take("page-avatar.jpg", "avatar", stream="alice", avatar=models.vrm(custom=own))
        chromium.close()
    return 0


class Camera:
    """Takes pictures of the page at an address."""

    def __init__(self, chromium, address):
        self.chromium, self.address = chromium, address

    def take(
        self, name, panel, *, size=WIDE, scheme="light", stream="main", seconds=4, avatar=None
    ):
        """Save a picture after some seconds. No panel: the face alone, with nothing behind it.
        `avatar`: a model to show."""
        page = self.chromium.new_page(
            viewport=dict(zip(("width", "height"), size, strict=True)), color_scheme=scheme
        )
        path = f"/?stream={stream}&sharpness=2#{panel}"
        page.goto(self.address + (path if panel else f"/face?stream={stream}&sharpness=2"))
        if avatar is not None:
            file = {"name": "me.vrm", "mimeType": "model/gltf-binary", "buffer": avatar}
            page.wait_for_selector("#state[data-state=live]")
            page.set_input_files("#avatar-file", [file])
        page.wait_for_timeout(1000 * seconds)
        file = DOCS / name
        kind = {"type": "jpeg", "quality": 85} if panel else {"omit_background": True}
        page.screenshot(path=file, **kind)
        page.close()
        print(f"docs/{name}: {file.stat().st_size} bytes")
        assert file.stat().st_size < LARGEST


@contextlib.contextmanager
def bridge():
    """A bridge with a wall of faces and two listening receivers; gives the page's address."""
    with contextlib.ExitStack() as stack:
        udp = [
            stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) for _ in range(3)
        ]
        for one in udp:
            one.bind(("127.0.0.1", 0))
        osc, vmc, wall = (one.getsockname()[1] for one in udp)
        udp[0].close()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            web = probe.getsockname()[1]
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        config = folder / "studio.yaml"
        config.write_text(CONFIG.format(osc=osc, vmc=vmc, wall=wall, web=web))
        command = shutil.which("affect-bridge", path=str(Path(sys.executable).parent))
        process = subprocess.Popen(
            [command, "run", str(config)], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        stack.callback(process.wait)
        stack.callback(process.terminate)
        address = f"http://127.0.0.1:{web}"
        for stream, emotion in STREAMS.items():
            _send(f"{address}/v1/streams/{stream}", emotion)
        yield address


def _send(address, update):
    """Send an update, as soon as the bridge answers."""
    deadline = time.monotonic() + 30
    while True:
        try:
            urllib.request.urlopen(address, update.encode(), timeout=5).close()
        except OSError:
            assert time.monotonic() < deadline, "the bridge does not answer"
            time.sleep(0.1)
        else:
            return


if __name__ == "__main__":
    sys.exit(main())
