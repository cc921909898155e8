import pytest

from protocols.arkit import BLENDSHAPES, pascal

MATCH = "const names = new module.Names(given[0]); return given[1].map((n) => names.shape(n));"


def shapes(run, names):
    found = run("names", MATCH, [BLENDSHAPES, names])
    return [BLENDSHAPES[number] if number >= 0 else None for number in found]


def snake(name):
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name)


def short(name):
    return name.replace("Left", "_L").replace("Right", "_R")


@pytest.mark.parametrize(
    "spelt",
    [
        str,
        pascal,
        str.upper,
        str.lower,
        snake,
        short,
        lambda name: short(name).lower(),
        lambda name: pascal(short(name)),
        lambda name: f"Face.{name}",
        lambda name: f"blendShape1:{short(name)}",
        lambda name: f"ARKit_{snake(name)}",
    ],
)
def test_each_of_the_52_is_found_in_every_usual_spelling(run, spelt):
    assert tuple(shapes(run, [spelt(name) for name in BLENDSHAPES])) == BLENDSHAPES


def test_no_other_name_is_taken_for_one_of_them(run):
    others = ["Joy", "A", "Blink_L", "vrc.v_aa", "Fcl_MTH_Joy", "mouthSmile", "eye", "L", "_R", ""]
    assert shapes(run, others) == [None] * len(others)


def test_of_two_names_for_one_shape_the_first_counts(run):
    lines = "return [...new module.Names(given[0]).match(given[1])];"
    found = run("names", lines, [BLENDSHAPES, ["other", "JawOpen", "jaw_open"]])
    assert found == [[BLENDSHAPES.index("jawOpen"), "JawOpen"]]
