import pytest

from bridge.emotion.osc_addresses import Addresses, Meaning, meant


@pytest.mark.parametrize(
    ("address", "meaning"),
    [
        ("/vad", Meaning("point")),
        ("/valence", Meaning("axes", ("valence",))),
        ("/dominance", Meaning("axes", ("dominance",))),
        ("/emotion", Meaning("label")),
        ("/emotion/label", Meaning("label")),
        ("/emotion/word", Meaning("label")),
        ("/emotion/vad", Meaning("point")),
        ("/emotion/arousal", Meaning("axes", ("arousal",))),
        ("/emotion/score/joy", Meaning("score", ("joy",))),
        ("/emotion/joy", Meaning("fader", ("joy",))),
        ("/neutral", Meaning("neutral")),
        # a stream
        ("/bob/vad", Meaning("point", (), "bob")),
        ("/vad/bob", Meaning("point", (), "bob")),
        ("/valence/bob", Meaning("axes", ("valence",), "bob")),
        ("/bob/emotion/joy", Meaning("fader", ("joy",), "bob")),
        ("/bob/emotion/score/joy", Meaning("score", ("joy",), "bob")),
        ("/neutral/bob", Meaning("neutral", (), "bob")),
        ("/vad/7", Meaning("point", (), "7")),
        # what TouchOSC adds is none
        ("/1/valence", Meaning("axes", ("valence",))),
        ("/2/emotion/joy", Meaning("fader", ("joy",))),
        ("/1/bob/vad", Meaning("point", (), "bob")),
        ("/valence/z", Meaning("ignore")),
        ("/1/emotion/joy/z", Meaning("ignore")),
        ("/bob/vad/z", Meaning("ignore")),
        ("//vad/", Meaning("point")),
    ],
)
def test_an_address_means(address: str, meaning: Meaning):
    assert Addresses().meaning(address) == meaning


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "",
        "/1",
        "/bob",
        "/a/b/vad",
        "/vad/a/b",
        "/emotion/in/love",
        "/slider/3",
    ],
)
def test_an_address_means_nothing(address: str):
    assert Addresses().meaning(address) is None


def test_settings_give_any_address_a_meaning_and_come_first():
    addresses = Addresses(
        {
            "/slider/3": "joy",
            "/xy": ["valence", "arousal"],
            "/{stream}/mood": "emotion",
            "/npc/{stream}/fear": "fear",
            "/valence": "ignore",
            "/off": "neutral",
            "/pad": "vad",
        }
    )
    assert addresses.meaning("/slider/3") == Meaning("fader", ("joy",))
    assert addresses.meaning("/xy") == Meaning("axes", ("valence", "arousal"))
    assert addresses.meaning("/bob/mood") == Meaning("label", (), "bob")
    assert addresses.meaning("/npc/bob/fear") == Meaning("fader", ("fear",), "bob")
    assert addresses.meaning("/valence") == Meaning("ignore")
    assert addresses.meaning("/off") == Meaning("neutral")
    assert addresses.meaning("/pad") == Meaning("point")
    assert addresses.meaning("/vad") == Meaning("point")
    assert addresses.meaning("/a/b/mood") is None


@pytest.mark.parametrize(
    ("meaning", "expected"),
    [
        ("hapy", 'did you mean "happy"'),
        ([], "expected one meaning"),
        (["valence", "valence"], "expected one meaning"),
        (["valence", "joy"], "expected one meaning"),
    ],
)
def test_a_meaning_that_is_not_known_is_refused(meaning, expected: str):
    with pytest.raises(ValueError, match=expected):
        meant(meaning)
