"""Another program's face merged into ours, part by part."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.face.layer import Frame, PerStream
from bridge.face.overlay import FRESH, Overlay, OverlayFaces, OverlaySettings, OverlaySpeech
from protocols.arkit import INDEX, pascal


class Merged:
    """Our face at .4 everywhere, and another program's faces as they come."""

    def __init__(self, fps: int = 60, ours: float = 0.4, **merge) -> None:
        self.now = 100.0
        self.faces = OverlayFaces(now=lambda: self.now)
        settings = PerStream(OverlaySettings(merge))
        self.layers = (OverlaySpeech(self.faces), Overlay(settings, self.faces))
        for layer in self.layers:
            layer.add_rows(["main"])
        self.dt, self.ours = 1 / fps, ours

    def after(self, seconds: float, values=None, about=None) -> Frame:
        for _ in range(round(seconds / self.dt)):
            self.now += self.dt
            if values is not None:
                self.faces.post("main", values, about or {})
            frame = Frame.of(1)
            frame.weights[:] = self.ours
            frame.now, frame.dt = self.now, self.dt
            for layer in self.layers:
                layer.apply(frame)
        assert np.all((frame.weights >= 0) & (frame.weights <= 1))
        return frame


def weight(frame: Frame, name: str) -> float:
    return float(frame.weights[0, INDEX[name]])


def test_without_another_program_a_face_stays_as_it_is_bit_for_bit():
    assert set(Merged().after(1.0).weights[0].tolist()) == {float(np.float32(0.4))}


def test_each_part_of_the_face_is_merged_in_its_own_way():
    theirs = {
        "jawOpen": 0.1,
        "browInnerUp": 0.3,
        "eyeBlinkLeft": 0.9,
        "eyeWideLeft": 0.1,
        "noseSneerLeft": 1.0,
    }
    frame = Merged().after(2.0, theirs)
    assert weight(frame, "jawOpen") == pytest.approx(0.1, abs=1e-3)  # theirs
    assert weight(frame, "browInnerUp") == pytest.approx(0.7, abs=1e-3)  # added
    assert weight(frame, "eyeBlinkLeft") == pytest.approx(0.9, abs=1e-3)  # the stronger
    assert weight(frame, "eyeWideLeft") == pytest.approx(0.4, abs=1e-3)
    assert weight(frame, "noseSneerLeft") == np.float32(0.4)  # ours


def test_what_the_other_program_does_not_send_stays_ours():
    frame = Merged().after(2.0, {"jawOpen": 0.0})
    assert weight(frame, "jawOpen") == pytest.approx(0.0, abs=1e-3)
    assert weight(frame, "mouthFunnel") == np.float32(0.4)


def test_the_merge_of_a_part_can_be_chosen():
    frame = Merged(brow="theirs", mouth="ours").after(2.0, {"browInnerUp": 0.9, "mouthFunnel": 0.9})
    assert weight(frame, "browInnerUp") == pytest.approx(0.9, abs=1e-3)
    assert weight(frame, "mouthFunnel") == np.float32(0.4)


def test_an_overlay_that_stops_eases_away_and_leaves_our_face_as_it_was():
    merged = Merged()
    merged.after(2.0, {"jawOpen": 1.0})
    assert weight(merged.after(FRESH - 0.05), "jawOpen") == pytest.approx(1.0, abs=1e-3)
    before, steps = 1.0, []
    for _ in range(120):
        now = weight(merged.after(1 / 60), "jawOpen")
        steps.append(before - now)
        before = now
    assert max(steps) < 0.1
    assert before == np.float32(0.4)


@pytest.mark.parametrize("spelled", [str, pascal, lambda name: name.replace("Left", "_L")])
def test_names_are_known_in_any_usual_spelling(spelled):
    merged = Merged()
    frame = merged.after(2.0, {spelled("jawOpen"): 0.9, spelled("eyeBlinkLeft"): 1.0})
    assert weight(frame, "jawOpen") == pytest.approx(0.9, abs=1e-3)
    assert weight(frame, "eyeBlinkLeft") == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize("vowel", ["A", "aa"])
def test_the_vowels_of_a_lip_sync_program_open_the_mouth(vowel):
    frame = Merged(ours=0.0).after(1.0, {vowel: 1.0, "I": 0.0, "U": 0.0, "Joy": 1.0})
    assert weight(frame, "jawOpen") > 0.5
    assert weight(frame, "mouthSmileLeft") == 0.0


def test_the_head_of_the_other_program_turns_ours():
    frame = Merged().after(2.0, {"jawOpen": 0.0}, {"HeadYaw": 0.5, "HeadPitch": -0.1})
    assert frame.rotations[0, 0].tolist() == pytest.approx([0.5, -0.1, 0.0], abs=1e-3)
    assert not Merged(head="ours").after(1.0, {"HeadYaw": 0.5}).rotations.any()


def test_a_stream_speaks_while_the_overlay_moves_its_jaw():
    merged = Merged()
    assert not merged.after(1.0, {"jawOpen": 0.5}).speaking[0]
    for step in range(20):
        frame = merged.after(0.05, {"jawOpen": 0.5 * (step % 2)})
    assert frame.speaking[0]
    assert not merged.after(1.0, {"jawOpen": 0.5}).speaking[0]


def test_nonsense_is_ignored():
    faces = OverlayFaces()
    assert not faces.post("main", {"Joy": 1.0, "jawOpen": float("nan")}, {"HeadYaw": "left"})
    assert faces.get("main") is None
    assert faces.post("main", {"jawOpen": 1e30}, {})
    assert faces.get("main").weights[INDEX["jawOpen"]] == 1.0


def test_a_flood_of_streams_keeps_the_newest():
    faces = OverlayFaces()
    for n in range(1100):
        assert faces.post(f"s{n}", {"jawOpen": 0.5}, {})
    assert faces.get("s0") is None
    assert faces.get("s1099") is not None


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=1, max_size=4))
def test_30_60_and_120_frames_a_second_show_the_same_face(script):
    def play(fps):
        merged = Merged(fps=fps)
        return [
            merged.after(0.1, {"jawOpen": jaw} if sends else None).weights[0].tolist()
            for sends, jaw in script
        ]

    np.testing.assert_allclose(play(30), play(60), atol=0.02)
    np.testing.assert_allclose(play(60), play(120), atol=0.02)


def test_an_overlay_of_one_stream_leaves_the_others_alone():
    faces = OverlayFaces(now=lambda: 1.0)
    layer = Overlay(PerStream(OverlaySettings()), faces)
    for stream in ("main", "alice"):
        layer.add_rows([stream])
    faces.post("alice", {"jawOpen": 1.0}, {})
    layer.remove_rows([0])
    layer.add_rows(["bob"])
    for _ in range(100):
        frame = Frame.of(2)
        frame.now, frame.dt = 1.0, 0.1
        layer.apply(frame)
    assert frame.weights[:, INDEX["jawOpen"]].tolist() == pytest.approx([1.0, 0.0], abs=1e-3)
