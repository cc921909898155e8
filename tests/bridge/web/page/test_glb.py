import base64
import json
import struct

import pytest

LOOK = """const bytes = Uint8Array.from(atob(given), (c) => c.charCodeAt(0)).buffer;
try { return module.described(bytes, "me.vrm"); } catch (problem) {
  return [problem instanceof module.Unusable, problem.message];
}"""
GOOD = {"asset": {"version": "2.0"}, "buffers": [{"byteLength": 0}]}


def glb(about, version=2):
    text = about if isinstance(about, bytes) else json.dumps(about).encode()
    text += b" " * (-len(text) % 4)
    length = 20 + len(text)
    return struct.pack("<4sIIII", b"glTF", version, length, len(text), 0x4E4F534A) + text


def look(run, data):
    return run("glb", LOOK, base64.b64encode(data).decode())


def test_a_good_file_is_described(run):
    assert look(run, glb(GOOD)) == GOOD


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no GLB file"),
        (b"solid cube, and many more lines", "no GLB file"),
        (json.dumps(GOOD).encode(), "no GLB file"),
        (glb(GOOD, version=1), "glTF version 1; expected 2"),
        (glb(GOOD)[:40], "cut short"),
        (glb(b"{not JSON at all}"), "not valid glTF"),
        (glb([1, 2]), "not valid glTF"),
        (glb(GOOD | {"asset": None}), "not valid glTF"),
        (glb(GOOD | {"buffers": [{"uri": "http://evil.example/a.bin"}]}), "needs other files"),
        (glb(GOOD | {"images": [{"uri": "skin.png"}]}), "needs other files"),
        (glb(GOOD | {"extensionsRequired": ["KHR_draco_mesh_compression"]}), "with Draco"),
        (glb(GOOD | {"extensionsRequired": ["KHR_texture_basisu"]}), "textures in KTX 2"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_the_reason(run, data, why):
    known, message = look(run, data)
    assert known
    assert message.startswith("me.vrm: ")
    assert why in message
