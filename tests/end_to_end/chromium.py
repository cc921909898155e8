"""Debian's Chromium, driven by Playwright, with pictures that can be compared."""

import base64
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    # WebGL in software: a machine for tests has no graphics card.
    *("--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"),
    # Nothing that the browser asks for by itself.
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--disable-quic", "--no-first-run", "--disable-domain-reliability"),
]
_SAME = """([one, other, box]) => Promise.all([one, other].map(async (png) => {
  const image = new Image();
  image.src = "data:image/png;base64," + png;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height);
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const [left, top, right, bottom] = box;
  const { width, height } = image;
  return context.getImageData(left * width, top * height,
    (right - left) * width, (bottom - top) * height).data;
})).then(([a, b]) => a.reduce((sum, level, n) => sum + Math.abs(level - b[n]), 0) / a.length)"""


class Browser:
    """One Chromium. Each page has a profile of its own."""

    def __init__(self, chromium) -> None:
        self._chromium = chromium
        self._blank = chromium.new_page()

    @contextmanager
    def open(self, address, *, size=(480, 560), watched=True, **profile):
        """A page at an address. At the end it has logged no error, and asked nobody but the
        bridge for anything, unless it is not `watched`."""
        width, height = size
        context = self._chromium.new_context(viewport={"width": width, "height": height}, **profile)
        page = context.new_page()
        page.set_default_timeout(20_000)
        errors, asked = [], []
        page.on("console", lambda told: told.type == "error" and errors.append(told.text))
        page.on("pageerror", lambda problem: errors.append(str(problem)))
        context.on("request", lambda request: asked.append(request.url))
        page.on("websocket", lambda opened: asked.append(opened.url.replace("ws:", "http:")))
        try:
            page.goto(address)
            page.errors = errors
            yield page
            host = "/".join(address.split("/")[:3])
            assert asked
            if watched:
                assert errors == []
                assert [url for url in asked if not url.startswith((f"{host}/", "blob:"))] == []
        finally:
            context.close()

    def difference(self, one: bytes, other: bytes, box=(0, 0, 1, 1)) -> float:
        """How much two PNGs differ on average, from 0 to 255, within a box of shares of their
        width and height: left, top, right, bottom."""
        pictures = [base64.b64encode(png).decode() for png in (one, other)]
        return self._blank.evaluate(_SAME, [*pictures, list(box)])

    def opacity(self, png: bytes, box) -> float:
        """The average opacity of a part of a PNG, from 0 to 1."""
        picture = base64.b64encode(png).decode()
        alpha = _SAME.replace(
            "a.reduce((sum, level, n) => sum + Math.abs(level - b[n]), 0)",
            "a.reduce((sum, level, n) => sum + (n % 4 === 3 ? level : 0), 0)",
        )
        return self._blank.evaluate(alpha, [picture, picture, list(box)]) * 4 / 255


@contextmanager
def started() -> Iterator[Browser]:
    """Chromium, or a skipped test that says what is missing."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(
            executable_path=CHROMIUM, headless=True, chromium_sandbox=False, args=FLAGS
        )
        yield Browser(chromium)
        chromium.close()


def until(page, condition, within=20.0):
    """Ask until the answer is true; returns it. Unlike `eventually` it lets the page go on."""
    deadline = time.monotonic() + within
    while not (answer := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        page.wait_for_timeout(50)
    return answer
