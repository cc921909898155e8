"""The page in a browser, with the running command, real inputs and real outputs."""

import re
import signal
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from pythonosc.udp_client import SimpleUDPClient

from tests.end_to_end.brokers import Amqtt
from tests.end_to_end.chromium import started, until

SMILE, BROW = "MouthSmileLeft", "BrowDownLeft"
MOUTH, HAIR = (0.3, 0.6, 0.7, 0.75), (0.3, 0.05, 0.7, 0.2)
PHONE = (390, 844)
TOKEN = "correct-horse-battery"


@pytest.fixture(scope="module")
def browser():
    with started() as chromium:
        yield chromium


@pytest.fixture
def address(free_tcp_port):
    return f"http://127.0.0.1:{free_tcp_port}"


@pytest.fixture
def web(face, free_tcp_port, eventually):
    """Starts a bridge that serves the page, and waits until it does."""

    def start(*arguments):
        place = f"127.0.0.1:{free_tcp_port}"
        bridge = face(*arguments, "--still", "--web", place)
        eventually(lambda: bridge.logged(f"web {place}: open http://{place}"), 30)
        return bridge

    return start


@pytest.fixture
def live(browser, address):
    """Opens the page, and waits until it is live."""

    def at(path="/", **how):
        return browser.open(address + path, **how)

    return at


def is_live(page):
    page.wait_for_selector("#state[data-state=live]")
    return page


def osc(port):
    return SimpleUDPClient("127.0.0.1", port)


def test_the_mouth_on_the_page_moves_when_an_emotion_arrives_by_osc(
    browser, web, live, at_once, free_udp_port
):
    web(at_once, "--from", f"osc://127.0.0.1:{free_udp_port}")
    with live("/face", size=(300, 375)) as page:
        page.wait_for_timeout(2000)
        before = page.screenshot()
        assert browser.difference(before, page.screenshot()) < 0.1

        def moved():
            osc(free_udp_port).send_message("/emotion", "happiness")
            return browser.difference(before, page.screenshot(), MOUTH) > 8

        until(page, moved)
        assert browser.difference(before, page.screenshot(), HAIR) < 1


def test_the_pad_moves_the_real_output(web, live, avatar):
    web("--from", "demo")
    with live() as page:
        is_live(page)
        pad = page.locator(".pad.steers")
        size = pad.bounding_box()["width"]
        pad.click(position={"x": size * 0.9, "y": size * 0.2})
        until(page, lambda: avatar.weight(SMILE) > 0.4)
        pad.click(position={"x": size * 0.1, "y": size * 0.2})
        pad.hover()
        for _ in range(30):
            page.mouse.wheel(0, -100)  # dominance tells anger from fear
        until(page, lambda: avatar.weight(BROW) > 0.3 and avatar.weight(SMILE) < 0.1)
        assert "web" in page.inner_text("#source")


def test_the_keyboard_alone_steers(web, live, avatar):
    web("--from", "demo")
    with live() as page:
        is_live(page)
        page.keyboard.press("1")
        until(page, lambda: avatar.weight(SMILE) > 0.4)
        page.keyboard.down("4")
        page.keyboard.press("3")  # while 4 is held: a mixture
        page.keyboard.up("4")
        until(page, lambda: "anger" in page.inner_text("#label"))
        until(page, lambda: "sadness" in page.inner_text("#label"))
        page.locator(".pad.steers").focus()
        for _ in range(20):
            page.keyboard.press("ArrowRight")
        until(page, lambda: page.locator("input[type=range]").first.input_value() == "1")
        page.locator("[role=tab][aria-selected=true]").focus()
        page.keyboard.press("ArrowRight")
        assert page.locator("#panel-numbers").is_visible()


def test_states_speaking_and_looking_are_steered_too(web, live, address):
    web("--from", "demo")
    with live() as page:
        is_live(page)
        page.click("button[value=thinking]")
        page.wait_for_selector("button[value=thinking][aria-pressed=true]")
        until(page, lambda: page.inner_text("#cues") == "thinking")
        page.click("button[value=thinking]")
        page.wait_for_selector("button[value=thinking][aria-pressed=false]")
        page.get_by_role("button", name="speaking").last.click()
        until(page, lambda: page.inner_text("#cues") == "speaking")
        box = page.locator("#face").bounding_box()
        page.mouse.click(box["x"] + 20, box["y"] + box["height"] / 2)
        page.click("#tab-numbers")
        until(page, lambda: re.search("left eye: yaw [1-9]", page.inner_text("#panel-numbers")))


def test_an_update_as_text_is_answered_in_words(web, live):
    web("--from", "demo")
    with live() as page:
        is_live(page)
        page.fill("input[type=text]", "joy 0.7, fear 0.3")
        page.keyboard.press("Enter")
        until(page, lambda: "Understood: " in page.inner_text(".answer"))
        page.fill("input[type=text]", "hapy")
        page.keyboard.press("Enter")
        until(page, lambda: 'did you mean "happy"' in page.inner_text(".answer"))


def test_the_page_goes_on_after_the_bridge_was_killed_and_started_again(
    web, live, run_bridge, avatar, free_tcp_port
):
    bridge = web("--from", "demo")
    with live(watched=False) as page:  # the browser itself logs that nobody answered
        is_live(page)
        bridge.process.kill()
        page.wait_for_selector("#state[data-state=connecting]")
        assert "does not answer" in page.inner_text("#veil")
        run_bridge(
            *("run", "--still", "--from", "demo", "--web", f"127.0.0.1:{free_tcp_port}"),
            *("--to", f"vmc://127.0.0.1:{avatar.port}"),
        )
        is_live(page)
        assert page.locator("#veil").is_hidden()
        page.keyboard.press("4")
        until(page, lambda: avatar.weight(BROW) > 0.4)


def test_a_page_says_when_no_frames_arrive(web, live):
    bridge = web("--from", "demo")
    with live() as page:
        is_live(page)
        bridge.signal(signal.SIGSTOP)
        try:
            page.wait_for_selector("#state[data-state=stale]")
            assert "no frames" in page.inner_text("#veil")
        finally:
            bridge.signal(signal.SIGCONT)
        is_live(page)


FOREIGN_PAGE = """<!doctype html><title>none</title><script>
const tried = [];
const bridge = new URLSearchParams(location.search).get("bridge");
for (const path of ["/v1/live", "/v1/streams/main"]) {
  const socket = new WebSocket(bridge.replace("http", "ws") + path);
  socket.onopen = () => socket.send('{"update": "joy", "stream": "main", "number": 1}');
  tried.push(new Promise((done) => { socket.onclose = () => done("closed");
    socket.onmessage = () => done("open"); }));
}
for (const mode of ["cors", "no-cors"])
  tried.push(fetch(bridge + "/v1/streams/main", { method: "POST", body: "joy", mode }).then(
    (answer) => answer.type === "opaque" ? "unread" : "read", () => "refused"));
Promise.all(tried).then((ends) => document.title = ends.join());
</script>"""


@pytest.fixture
def foreign_site():
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(FOREIGN_PAGE.encode())

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://localhost:{server.server_port}/"
        server.shutdown()


def test_a_page_of_another_site_cannot_steer(browser, web, address, avatar, foreign_site):
    web("--from", "demo")
    with browser.open(f"{foreign_site}?bridge={address}", watched=False) as page:
        until(page, lambda: page.title() != "none")
        assert page.title() == "closed,closed,refused,unread"
    with browser.open(f"{address}/#path") as page:
        is_live(page)
        until(page, lambda: "web" in page.inner_text("#panel-path"))
        part = page.locator(".parts li", has_text="web 127").inner_text()
        assert "no update so far" in part


def test_the_face_for_obs_is_transparent_around_the_head(browser, web, live):
    web("--from", "demo")
    with live("/face?stream=main&background=transparent", size=(400, 500)) as page:
        page.wait_for_timeout(1500)
        picture = page.screenshot(omit_background=True)
        assert browser.opacity(picture, (0, 0, 0.08, 0.3)) == 0
        assert browser.opacity(picture, (0.4, 0.4, 0.6, 0.6)) == 1
        assert page.inner_text("body").strip() == ""


def test_the_face_may_have_a_background(browser, web, live):
    web("--from", "demo")
    with live("/face?background=lime", size=(400, 500)) as page:
        page.wait_for_timeout(1500)
        assert browser.opacity(page.screenshot(omit_background=True), (0, 0, 0.08, 0.3)) == 1


def test_the_path_says_in_words_what_each_part_does(web, live, free_udp_port):
    server = Amqtt()
    broker = f"127.0.0.1:{server.port}"
    web("--from", f"mqtt://{broker}/a/+", "--to", f"osc://127.0.0.1:{free_udp_port}")
    with live("/#path") as page:
        is_live(page)
        parts = page.locator("#panel-path")
        until(page, lambda: f"osc 127.0.0.1:{free_udp_port}" in parts.inner_text())
        until(page, lambda: "nothing is listening; still sending" in parts.inner_text())
        health = parts.locator(".health").last
        assert f"No program takes what it sends to osc 127.0.0.1:{free_udp_port}." in (
            health.inner_text()
        )
        assert "It receives nothing" not in health.inner_text()
        server.close()
        until(page, lambda: f"It receives nothing from mqtt {broker}" in health.inner_text())
        until(page, lambda: "frames a second" in parts.inner_text())
        parts.get_by_text("Configuration in force").click()
        until(page, lambda: "interpolation:" in parts.locator("pre").inner_text())


def test_the_page_says_what_to_do_when_nothing_moves(web, live, avatar, free_udp_port):
    web("--from", f"osc://127.0.0.1:{free_udp_port}")
    with live() as page:
        is_live(page)
        page.click("#help")
        assert page.locator("#panel-path").is_visible()
        doctor = page.locator("#doctor")
        until(page, lambda: "No problem found" in doctor.inner_text())
        assert any(frame.weights[SMILE] > 0.4 for frame in avatar.vmc)
        doctor.get_by_text("All checks").click()
        checks = doctor.inner_text()
        assert f"output vmc 127.0.0.1:{avatar.port}" in checks
        assert "a smile was sent" in checks
        assert "taken" not in checks  # the bridge's own ports
        avatar.close()
        page.locator("#help").focus()
        page.keyboard.press("Enter")
        until(page, lambda: "Most probable cause" in doctor.inner_text())
        first = doctor.locator("li").first.inner_text()
        assert f"output vmc 127.0.0.1:{avatar.port}" in first
        assert "nothing is listening" in first
        assert "What to do: start " in first


def test_layers_are_changed_live_and_told_as_yaml(web, live, avatar):
    web("--from", "demo")
    with live() as page:
        is_live(page)
        page.keyboard.press("1")
        until(page, lambda: avatar.weight(SMILE) > 0.4)
        page.click("#tab-layers")
        page.locator("[data-name=strength] input").fill("0")
        until(page, lambda: avatar.weight(SMILE) == 0)
        page.locator("[data-name=gaze] input").check()
        until(page, lambda: "gaze: true" in page.inner_text("#panel-layers pre"))
        assert "strength: 0" in page.inner_text("#panel-layers pre")
        page.click("#tab-path")
        page.get_by_text("Configuration in force").click()
        until(page, lambda: "strength: 0.0" in page.inner_text("#panel-path pre"))
        page.reload()
        is_live(page)
        page.click("#tab-layers")
        until(page, lambda: page.locator("[data-name=strength] input").input_value() == "0")


def test_the_wall_grows_and_shrinks_with_the_streams(web, live, tmp_path, free_udp_port):
    config = tmp_path / "streams.yaml"
    config.write_text("stream_timeout: 1\n")
    web(
        str(config),
        "--from",
        "demo",
        "--to",
        f"osc://127.0.0.1:{free_udp_port}/{{stream}}/{{name}}",
    )
    with live("/#streams") as page:
        is_live(page)
        wall = page.locator(".wall")
        for stream in ("alice", "bob"):
            sent = page.request.post(
                f"{page.url.split('/#')[0]}/v1/streams/{stream}",
                data='{"emotion": "joy", "hold": 3}',
                headers={"Content-Type": "application/json"},
            )
            assert sent.ok
        until(page, lambda: {"alice", "bob"} <= set(wall.inner_text().split()))
        until(page, lambda: "alice" not in wall.inner_text())


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("panel", ["steer", "numbers", "layers", "path", "streams"])
def test_every_panel_fits_a_phone_and_every_control_has_a_name(web, live, panel, scheme):
    web("--from", "demo")
    with live(f"/#{panel}", size=PHONE, color_scheme=scheme) as page:
        is_live(page)
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
        nameless = """[...document.querySelectorAll("button, input, select, canvas, pre")].filter(
          (e) => e.checkVisibility() && !e.closest("[aria-hidden=true]") && !(
            e.getAttribute("aria-label") || e.labels?.[0]?.innerText.trim() || e.innerText.trim()
          )).map((e) => e.outerHTML)"""
        assert page.evaluate(nameless) == []


def test_a_page_that_stays_open_does_not_grow(web, live):
    web("--from", "demo", "--fps", "240")
    with live("/#numbers", size=(300, 300)) as page:
        is_live(page)
        session = page.context.new_cdp_session(page)

        def used():
            session.send("HeapProfiler.collectGarbage")
            nodes = page.evaluate("document.querySelectorAll('*').length")
            return session.send("Runtime.getHeapUsage")["usedSize"], nodes

        page.wait_for_timeout(3000)
        growths = []
        for _ in range(3):  # what leaks grows every time; a heap that settles does not
            before, nodes_before = used()
            page.wait_for_timeout(8000)
            after, nodes = used()
            growths.append(after - before)
            if growths[-1] < 300_000:  # two thousand frames have 500 kB
                break
        assert min(growths) < 300_000, growths
        assert nodes == nodes_before


def test_a_page_asks_for_the_token_and_keeps_it_out_of_the_address(
    browser, run_bridge, address, free_tcp_port, tmp_path, eventually, avatar
):
    (tmp_path / "token").write_text(TOKEN)
    config = tmp_path / "token.yaml"
    config.write_text(
        f"web: {{at: '127.0.0.1:{free_tcp_port}', token_file: token}}\ninputs: [demo]\n"
        f"outputs: ['vmc://127.0.0.1:{avatar.port}']\n"
    )
    bridge = run_bridge("run", str(config))
    eventually(lambda: bridge.logged("open http"), 30)
    with browser.open(address, watched=False) as page:  # the browser logs the refusal
        page.wait_for_selector("#state[data-state=locked]")
        page.fill("#token", "wrong-horse-battery")
        page.keyboard.press("Enter")
        page.wait_for_timeout(500)
        page.wait_for_selector("#state[data-state=locked]")
        page.fill("#token", TOKEN)
        page.keyboard.press("Enter")
        is_live(page)
    with browser.open(f"{address}/?access_token={TOKEN}") as page:
        is_live(page)
        assert TOKEN not in page.url
        page.reload()
        is_live(page)


def test_without_control_the_page_only_shows(
    browser, run_bridge, address, free_tcp_port, tmp_path, eventually, avatar
):
    config = tmp_path / "show.yaml"
    config.write_text(
        f"web: {{at: '127.0.0.1:{free_tcp_port}', control: false}}\ninputs: [demo]\n"
        f"outputs: ['vmc://127.0.0.1:{avatar.port}']\n"
    )
    bridge = run_bridge("run", str(config))
    eventually(lambda: bridge.logged("open http"), 30)
    with browser.open(address) as page:
        is_live(page)
        until(page, lambda: page.locator("#tab-steer").is_hidden())
        assert page.locator("#help").is_hidden()
        assert page.locator("#panel-numbers").is_visible()
        page.keyboard.press("1")
        page.locator("#face").click()
        page.click("#tab-path")
        until(page, lambda: "no update so far" in page.inner_text("#panel-path"))
