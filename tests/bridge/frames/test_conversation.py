"""Two minutes of a conversation, from the updates of sources to the face, on a clock of its own."""

from collections.abc import Callable

import numpy as np
import pytest

from bridge.config.face import FaceSection
from bridge.emotion.cues import Cues, direction, loudness
from bridge.emotion.mixer import Mixer
from bridge.emotion.update import Update, named_update
from bridge.face.overlay import OverlayFaces
from bridge.frames.clock import Tick
from bridge.frames.face_layers import face_layers
from bridge.frames.interpolation import Spring
from bridge.frames.pipeline import Pipeline
from protocols.arkit import INDEX, PAIRS

FPS = 60


class Conversation:
    """A bridge whose time passes when `until` is called."""

    def __init__(self, engine, **face) -> None:
        self.now = 0.0
        self.mixer = Mixer(now=lambda: self.now)
        self.box = self.mixer.mailbox("chatbot", hold=60.0)
        self.overlays = OverlayFaces(now=lambda: self.now)
        settings = FaceSection.model_validate({"seed": 7, **face})
        layers = face_layers(settings, 1.0, self.overlays)
        self.pipeline = Pipeline(self.mixer, Spring(), engine, layers)
        self.frame = 0
        self.shown: list[np.ndarray] = []

    def feel(self, name: str, intensity: float = 1.0, **rest) -> None:
        self.box.post(named_update(name, intensity, **rest))

    def cue(self, **cues) -> None:
        self.box.post(Update((), "", cues=Cues(**cues)))

    def until(self, seconds: float, each_frame: Callable[[float], object] | None = None) -> None:
        while self.now < seconds:
            if each_frame is not None:
                each_frame(self.now)
            self.pipeline.advance(Tick(self.frame, self.now, self.now))
            self.shown.append(self.pipeline.faces["main"].weights.copy())
            self.frame += 1
            self.now = self.frame / FPS

    def weight(self, name: str, seconds: float = 0.5) -> float:
        """The mean of the latest `seconds`, so that a blink or a drift does not decide."""
        latest = self.shown[-round(seconds * FPS) :]
        return float(np.mean([weights[INDEX[name]] for weights in latest]))


@pytest.fixture
def talk(engine) -> Conversation:
    return Conversation(engine)


def test_two_minutes_of_a_conversation(talk):
    # At first nobody says anything: the face lives, and is near neutral.
    talk.until(10.0)
    assert talk.weight("mouthSmileLeft", 5.0) < 0.2
    assert max(weights[INDEX["eyeBlinkLeft"]] for weights in talk.shown) > 0.5

    # The character is glad, and shows it with the whole mouth.
    talk.feel("happiness")
    talk.until(14.0)
    glad = {name: talk.weight(name) for name in ("mouthSmileLeft", "mouthLowerDownLeft", "jawOpen")}
    assert glad["mouthSmileLeft"] > 0.65
    assert glad["mouthLowerDownLeft"] > 0.15

    # It speaks: the emotion yields jaw and lips, and keeps smile, cheeks and eyes.
    talk.cue(speaking=True)
    talk.until(18.0)
    assert talk.weight("mouthSmileLeft") == pytest.approx(glad["mouthSmileLeft"], abs=0.1)
    assert talk.weight("mouthLowerDownLeft") < 0.5 * glad["mouthLowerDownLeft"]
    assert talk.weight("cheekSquintLeft") > 0.4

    # Loudness moves the mouth.
    talk.until(22.0, lambda now: talk.cue(visemes=loudness(0.5 + 0.5 * np.sin(20 * now))))
    jaw = [weights[INDEX["jawOpen"]] for weights in talk.shown[-3 * FPS :]]
    assert max(jaw) - min(jaw) > 0.2

    # In mid-sentence it becomes afraid: the brows show it at once, the mouth when it is silent.
    talk.feel("fear")
    talk.until(26.0)
    assert talk.weight("browInnerUp") > 0.6
    stretched = talk.weight("mouthStretchLeft")
    talk.cue(speaking=False)
    talk.until(30.0)
    assert talk.weight("mouthStretchLeft") > 1.5 * stretched
    assert talk.weight("jawOpen") > 0.15

    # A lip-sync program takes the mouth; our brows stay.
    def lip_sync(now: float) -> None:
        jaw = 0.4 + 0.3 * np.sin(15 * now)
        talk.overlays.post("main", {"jawOpen": jaw, "mouthFunnel": 0.3}, {})

    talk.until(40.0, lip_sync)
    jaw = [weights[INDEX["jawOpen"]] for weights in talk.shown[-2 * FPS :]]
    assert max(jaw) > 0.6
    assert min(jaw) < 0.25
    assert talk.weight("mouthFunnel") == pytest.approx(0.3, abs=0.1)
    assert talk.weight("browInnerUp") > 0.6

    # It stops; the mouth goes back to the emotion without a jump.
    before = len(talk.shown)
    talk.until(43.0)
    funnel = [weights[INDEX["mouthFunnel"]] for weights in talk.shown[before:]]
    assert np.abs(np.diff(funnel)).max() < 0.06
    assert talk.weight("mouthFunnel") < 0.2

    # It looks to its right, and lets go again.
    talk.cue(look_at=direction(25, 0))
    talk.until(46.0)
    assert talk.weight("eyeLookOutRight") > 0.5
    assert talk.weight("eyeLookInLeft") > 0.5
    talk.cue(look_freely=True)
    talk.until(50.0)
    assert talk.weight("eyeLookOutRight") < 0.1

    # Two emotions at once both show.
    talk.feel("happiness+sadness")
    talk.until(56.0)
    assert talk.weight("mouthSmileLeft") > 0.2
    assert talk.weight("browInnerUp") > 0.2

    # Then nobody says anything, and the last update expires: near neutral, alive, symmetric.
    talk.until(122.0)
    assert talk.pipeline.feelings["main"] == pytest.approx((0.0, 0.0, 0.0), abs=0.01)
    assert talk.weight("browInnerUp", 3.0) < 0.1
    assert talk.weight("mouthFrownLeft", 3.0) < 0.05

    # At the end the face comes to rest.
    talk.pipeline.come_to_rest(0.05)
    talk.until(122.4)
    assert talk.shown[-1].max() < 0.02
    talk.pipeline.rest(Tick(talk.frame, talk.now))
    assert not talk.pipeline.faces["main"].weights.any()

    shown = np.array(talk.shown)
    assert np.isfinite(shown).all()
    assert shown.min() >= 0.0
    assert shown.max() <= 1.0
    looks_aside = {
        INDEX[f"eyeLook{way}{side}"] for way in ("In", "Out") for side in ("Left", "Right")
    }
    for left, right in PAIRS:
        if left not in looks_aside:
            assert shown[:, left].tobytes() == shown[:, right].tobytes()
