import pytest
import yaml

from bridge.config.controls import CONTROLS, ControlError, as_yaml, changed, controls
from bridge.config.settings import Settings


def settings(**given):
    return Settings.model_validate(given)


def test_each_control_has_a_description_and_whatever_it_needs_to_be_drawn():
    told = {control["name"]: control for control in controls(settings())}
    assert len(told) == len(CONTROLS)
    for control in told.values():
        assert control["description"]
        assert control["switched"] or control["choices"] or control["usual"] is not None
        if control["usual"] is not None:
            assert control["least"] <= control["usual"] <= control["most"]


def test_controls_tell_the_settings_in_force():
    now = settings(symmetry=0.4, face={"blink": False, "style": "stage", "mood": {"shows": 0.5}})
    told = {control["name"]: control["value"] for control in controls(now)}
    assert (told["symmetry"], told["blink"], told["style"]) == (0.4, False, "stage")
    assert (told["mood"], told["gaze"]) == (True, False)


def test_a_change_leaves_every_other_setting():
    before = settings(fps=30, face={"blink": 9, "streams": {"alice": {"style": "stage"}}})
    after = changed(before, {"idle": 0.5, "symmetry": 0})
    assert (after.face.idle, after.symmetry) == (0.5, 0)
    assert after.face.of("alice").style == "stage"
    assert after.face.of("alice").idle == 0.5
    back = changed(after, {"idle": True, "symmetry": before.symmetry})
    assert back.model_dump() == before.model_dump()


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"blink": 61}, "blink: expected less than or equal to 60"),
        ({"idle": -1}, "idle"),
        ({"style": "wild"}, "expected 'natural' or 'stage'"),
        ({"symmetry": 2}, "symmetry"),
        ({"nods": None}, "nods"),
        ({"fps": 1}, "unknown control 'fps'"),
        ({"x" * 99: 1}, "unknown control"),
    ],
)
def test_a_change_that_is_not_allowed_is_refused_with_the_reason(changes, why):
    with pytest.raises(ControlError, match=why):
        changed(settings(), changes)


def test_the_yaml_has_what_differs_and_means_the_same():
    now = changed(settings(face={"shapes": {"brow": 1.2}}), {"symmetry": 0.5, "mouth": "off"})
    given = yaml.safe_load(as_yaml(now))
    assert given.keys() == {"symmetry", "face"}
    assert settings(**given).face == now.face
    assert as_yaml(settings()) == ""
