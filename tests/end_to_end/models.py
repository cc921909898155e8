"""Makes small models of a head, with shapes, bones and a texture: a GLB, a VRM 1.0, a VRM 0.x."""

import json
import math
import struct
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

Point = tuple[float, float, float]
Move = Callable[[str, Point], Point]

FLOAT, SHORT = 5126, 5123
SKIN, MOUTH, LID, HAIR, EYE = range(5)
COLOURS = ((0.93, 0.72, 0.6), (0.35, 0.05, 0.08), (0.86, 0.62, 0.52), (0.25, 0.16, 0.12), (1, 1, 1))

HEIGHT = 1.45
"""Metres from the floor to the head's bone."""
BONES: Mapping[str, tuple[str | None, Point]] = {
    "hips": (None, (0, 0.9, 0)),
    "spine": ("hips", (0, 0.1, 0)),
    "chest": ("spine", (0, 0.2, 0)),
    "neck": ("chest", (0, 0.17, 0)),
    "head": ("neck", (0, 0.08, 0)),
    "leftEye": ("head", (0.04, 0.12, 0.075)),
    "rightEye": ("head", (-0.04, 0.12, 0.075)),
    **{
        f"{side}{part}": (None if above is None else above.format(side), (sign * x, y, 0.0))
        for side, sign in (("left", 1), ("right", -1))
        for part, above, x, y in (
            ("UpperArm", "chest", 0.15, 0.12),
            ("LowerArm", "{}UpperArm", 0.25, 0),
            ("Hand", "{}LowerArm", 0.25, 0),
            ("UpperLeg", "hips", 0.1, -0.05),
            ("LowerLeg", "{}UpperLeg", 0, -0.4),
            ("Foot", "{}LowerLeg", 0, -0.4),
        )
    },
}
"""The humanoid bones that VRM needs: the bone above, and where it is as seen from that one."""


def _moves() -> dict[str, Move]:
    def smile(sign: int) -> Move:
        def move(part: str, p: Point) -> Point:
            share = max(0.0, sign * p[0] / 0.04) if part == "mouth" else 0.0
            return (sign * 0.012 * share, 0.022 * share, -0.004 * share)

        return move

    def blink(side: str) -> Move:
        return lambda part, _: (0, -0.014, 0.01) if part == f"{side} lid" else (0, 0, 0)

    def open_jaw(part: str, p: Point) -> Point:
        down = max(0.0, (0.055 - p[1]) / 0.01) if part == "mouth" else 0.0
        return (0, -0.05 * down, 0)

    return {
        "jawOpen": open_jaw,
        "mouthSmileLeft": smile(1),
        "mouthSmileRight": smile(-1),
        "eyeBlinkLeft": blink("left"),
        "eyeBlinkRight": blink("right"),
    }


MOVES = _moves()
"""What the head can do, by the names of ARKit."""


class Part(NamedTuple):
    """An ellipsoid."""

    name: str
    material: int
    middle: Point
    radii: Point


FACE = (
    Part("skin", SKIN, (0, 0.1, 0), (0.09, 0.12, 0.09)),
    Part("hair", HAIR, (0, 0.135, -0.015), (0.1, 0.11, 0.095)),
    Part("mouth", MOUTH, (0, 0.055, 0.078), (0.04, 0.01, 0.012)),
    Part("left lid", LID, (0.04, 0.134, 0.07), (0.024, 0.024, 0.024)),
    Part("right lid", LID, (-0.04, 0.134, 0.07), (0.024, 0.024, 0.024)),
)


class Model:
    """A glTF in the making. Everything faces z, or -z if it is of VRM 0."""

    def __init__(self, *, backwards: bool = False) -> None:
        self._turn = -1.0 if backwards else 1.0
        self._data = bytearray()
        self.json: dict[str, Any] = {
            "asset": {"version": "2.0", "generator": "affect-bridge tests"},
            "extensionsUsed": [],
            "extensions": {},
            "scene": 0,
            "scenes": [{"nodes": []}],
            "nodes": [],
            "meshes": [],
            "accessors": [],
            "bufferViews": [],
            "materials": [
                {
                    "name": f"material {number}",
                    "pbrMetallicRoughness": {
                        "baseColorFactor": [*_linear(colour), 1],
                        "metallicFactor": 0,
                        "roughnessFactor": 0.8,
                    },
                }
                for number, colour in enumerate(COLOURS)
            ],
        }
        # A texture inside of the file: the browser reads it by a blob: address.
        view = self._view(_eye())
        self.json |= {
            "images": [{"bufferView": view, "mimeType": "image/png"}],
            "textures": [{"source": 0}],
        }
        self.json["materials"][EYE]["pbrMetallicRoughness"]["baseColorTexture"] = {"index": 0}

    def node(self, name: str, above: int | None, at: Point, mesh: int | None = None) -> int:
        """Add a node. Returns its number."""
        number = len(self.json["nodes"])
        node: dict[str, Any] = {"name": name, "translation": self._turned(at)}
        if mesh is not None:
            node["mesh"] = mesh
        self.json["nodes"].append(node)
        if above is None:
            self.json["scenes"][0]["nodes"].append(number)
        else:
            self.json["nodes"][above].setdefault("children", []).append(number)
        return number

    def mesh(self, parts: Sequence[Part], shapes: Mapping[str, Move] | None = None) -> int:
        """Add a mesh whose morph targets have these names. Returns its number."""
        shapes = shapes or {}
        primitives = []
        for part in parts:
            points, normals, places, triangles = _ball(part)
            primitive: dict[str, Any] = {
                "attributes": {
                    "POSITION": self._floats([self._turned(p) for p in points], "VEC3"),
                    "NORMAL": self._floats([self._turned(n) for n in normals], "VEC3"),
                    "TEXCOORD_0": self._floats(places, "VEC2"),
                },
                "indices": self._shorts(triangles),
                "material": part.material,
            }
            if shapes:
                primitive["targets"] = [
                    {
                        "POSITION": self._floats(
                            [self._turned(move(part.name, p)) for p in points], "VEC3"
                        )
                    }
                    for move in shapes.values()
                ]
            primitives.append(primitive)
        self.json["meshes"].append({"primitives": primitives})
        if shapes:
            self.json["meshes"][-1]["extras"] = {"targetNames": list(shapes)}
        return len(self.json["meshes"]) - 1

    def extend(self, name: str, content: Mapping[str, Any]) -> None:
        self.json["extensionsUsed"].append(name)
        self.json["extensions"][name] = content

    def glb(self) -> bytes:
        """The file."""
        about = {**self.json, "buffers": [{"byteLength": len(self._data)}]}
        text = json.dumps(about).encode()
        text += b" " * (-len(text) % 4)
        data = bytes(self._data) + bytes(-len(self._data) % 4)
        chunks = struct.pack("<I4s", len(text), b"JSON") + text
        chunks += struct.pack("<I4s", len(data), b"BIN\0") + data
        return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks

    def _turned(self, p: Sequence[float]) -> list[float]:
        return [self._turn * p[0], p[1], self._turn * p[2]]

    def _view(self, data: bytes) -> int:
        self._data += bytes(-len(self._data) % 4)
        view = {"buffer": 0, "byteOffset": len(self._data), "byteLength": len(data)}
        self.json["bufferViews"].append(view)
        self._data += data
        return len(self.json["bufferViews"]) - 1

    def _accessor(self, data: bytes, kind: int, shape: str, count: int, **more: Any) -> int:
        view = self._view(data)
        self.json["accessors"].append(
            {"bufferView": view, "componentType": kind, "type": shape, "count": count, **more}
        )
        return len(self.json["accessors"]) - 1

    def _floats(self, rows: Sequence[Sequence[float]], shape: str) -> int:
        flat = [x for row in rows for x in row]
        single = struct.pack(f"<{len(flat)}f", *flat)
        columns = list(zip(*struct.iter_unpack(f"<{len(rows[0])}f", single), strict=True))
        bounds = {"min": [min(c) for c in columns], "max": [max(c) for c in columns]}
        return self._accessor(single, FLOAT, shape, len(rows), **bounds)

    def _shorts(self, numbers: Sequence[int]) -> int:
        data = struct.pack(f"<{len(numbers)}H", *numbers)
        return self._accessor(data, SHORT, "SCALAR", len(numbers))


def _linear(colour: Sequence[float]) -> list[float]:
    return [level**2.2 for level in colour]


def _ball(
    part: Part, around: int = 24, rows: int = 16
) -> tuple[list[Point], list[Point], list[tuple[float, float]], list[int]]:
    """Points, normals, places on the texture and triangles."""
    points, normals, places, triangles = [], [], [], []
    for row in range(rows + 1):
        for column in range(around + 1):
            # The seam is behind, and the middle of the texture in front.
            down, turn = math.pi * row / rows, 2 * math.pi * (column / around - 0.5)
            out = (math.sin(down) * math.sin(turn), math.cos(down), math.sin(down) * math.cos(turn))
            on = zip(part.middle, part.radii, out, strict=True)
            points.append(tuple(middle + radius * way for middle, radius, way in on))
            normal = [o / r for o, r in zip(out, part.radii, strict=True)]
            length = math.hypot(*normal)
            normals.append(tuple(n / length for n in normal))
            places.append((column / around, row / rows))
    for row in range(rows):
        for column in range(around):
            a = row * (around + 1) + column
            b = a + around + 1
            triangles += [a, b, a + 1, a + 1, b, b + 1]
    return points, normals, places, triangles  # type: ignore[return-value]


def _eye(size: int = 256) -> bytes:
    """A PNG: an iris in the middle of white."""

    def pixel(x: int, y: int) -> bytes:
        away = math.hypot(x - size / 2, (y - size / 2) / 2) / size
        return b"\x20\x60\x40" if away < 0.075 else b"\xff\xff\xff"

    rows = b"".join(b"\0" + b"".join(pixel(x, y) for x in range(size)) for y in range(size))

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def glb(names: Mapping[str, str]) -> bytes:
    """A head without bones. `names`: for shapes of `MOVES`, how this file spells them."""
    model = Model()
    model.node("face", None, (0, 0, 0), model.mesh(FACE, {names[n]: MOVES[n] for n in names}))
    for x in (0.04, -0.04):
        eye = Part("eye", EYE, (x, 0.12, 0.075), (0.022, 0.022, 0.022))
        model.node("eyeball", None, (0, 0, 0), model.mesh([eye]))
    return model.glb()


def _body(model: Model) -> tuple[dict[str, int], int]:
    """Add bones, a head and a strand of hair. Returns the bones, and the node of the face."""
    bones: dict[str, int] = {}
    for name, (above, at) in BONES.items():
        bones[name] = model.node(name, None if above is None else bones[above], at)
    # Names that say nothing, so that only the expressions can move the face.
    face = model.mesh(FACE, {f"shape {n}": move for n, move in enumerate(MOVES.values())})
    node = model.node("face", bones["head"], (0, 0, 0), face)
    ball = model.mesh([Part("eye", EYE, (0, 0, 0), (0.022, 0.022, 0.022))])
    for side in ("leftEye", "rightEye"):
        model.node("eyeball", bones[side], (0, 0, 0), ball)
    strand = model.mesh([Part("strand", HAIR, (0, -0.04, 0), (0.015, 0.05, 0.015))])
    above = bones["head"]
    for number, at in enumerate([(0.095, 0.1, 0.02), (0, -0.08, 0), (0, -0.08, 0)]):
        mesh = strand if number < 2 else None
        above = bones[f"hair {number}"] = model.node(f"hair {number}", above, at, mesh)
    return bones, node


_BINDS = {"happy": (1, 2), "aa": (0,), "blink": (3, 4), "blinkLeft": (3,), "blinkRight": (4,)}
"""Which shapes each preset expression moves."""


def vrm(*, custom: Mapping[str, str] | None = None) -> bytes:
    """A VRM 1.0. `custom`: how it spells the 52 as expressions of its own; without any it has
    presets only."""
    model = Model()
    bones, face = _body(model)
    for material, colour in zip(model.json["materials"], COLOURS, strict=True):
        material["extensions"] = {
            "VRMC_materials_mtoon": {
                "specVersion": "1.0",
                "shadeColorFactor": _linear([0.7 * level for level in colour]),
                "shadingToonyFactor": 0.9,
            }
        }
    model.json["extensionsUsed"].append("VRMC_materials_mtoon")

    def moving(shapes: Sequence[int]) -> dict[str, Any]:
        return {"morphTargetBinds": [{"node": face, "index": s, "weight": 1} for s in shapes]}

    order = list(MOVES)
    extra = {spelt: moving([order.index(name)]) for name, spelt in (custom or {}).items()}
    span = {"inputMaxValue": 30, "outputScale": 30}
    model.extend(
        "VRMC_vrm",
        {
            "specVersion": "1.0",
            "meta": {
                "name": "test",
                "authors": ["affect-bridge"],
                "licenseUrl": "https://vrm.dev/licenses/1.0/",
            },
            "humanoid": {"humanBones": {name: {"node": bones[name]} for name in BONES}},
            "expressions": {"preset": {n: moving(s) for n, s in _BINDS.items()}, "custom": extra},
            "lookAt": {
                "type": "bone",
                "offsetFromHeadBone": [0, 0.12, 0.08],
                **dict.fromkeys(("rangeMapHorizontalInner", "rangeMapHorizontalOuter"), span),
                **dict.fromkeys(("rangeMapVerticalDown", "rangeMapVerticalUp"), span),
            },
        },
    )
    joint = {"hitRadius": 0.01, "stiffness": 0.5, "gravityPower": 0.2, "dragForce": 0.3}
    joints = [{"node": bones[f"hair {n}"], **joint} for n in range(3)]
    model.extend(
        "VRMC_springBone",
        {"specVersion": "1.0", "springs": [{"name": "hair", "joints": joints}]},
    )
    return model.glb()


_OLD_NAMES = {
    "happy": ("Joy", "joy"),
    "aa": ("A", "a"),
    "blink": ("Blink", "blink"),
    "blinkLeft": ("Blink_L", "blink_l"),
    "blinkRight": ("Blink_R", "blink_r"),
}


def vrm0() -> bytes:
    """A VRM 0.x, which faces the other way, with presets only."""
    model = Model(backwards=True)
    bones, face = _body(model)
    mesh = model.json["nodes"][face]["mesh"]
    span = {"curve": [0, 0, 0, 1, 1, 1, 1, 0], "xRange": 30, "yRange": 30}
    looks = ("HorizontalInner", "HorizontalOuter", "VerticalDown", "VerticalUp")
    spring = {"stiffiness": 0.5, "gravityPower": 0.2, "gravityDir": {"x": 0, "y": -1, "z": 0}}
    model.extend(
        "VRM",
        {
            "exporterVersion": "affect-bridge",
            "specVersion": "0.0",
            "meta": {"title": "test"},
            "humanoid": {"humanBones": [{"bone": n, "node": bones[n]} for n in BONES]},
            "firstPerson": {
                "firstPersonBone": bones["head"],
                "firstPersonBoneOffset": {"x": 0, "y": 0.12, "z": 0},
                "meshAnnotations": [],
                "lookAtTypeName": "Bone",
                **{f"lookAt{look}": span for look in looks},
            },
            "blendShapeMaster": {
                "blendShapeGroups": [
                    {
                        "name": name,
                        "presetName": preset,
                        "binds": [{"mesh": mesh, "index": s, "weight": 100} for s in _BINDS[own]],
                        "materialValues": [],
                    }
                    for own, (name, preset) in _OLD_NAMES.items()
                ]
            },
            "secondaryAnimation": {
                "boneGroups": [
                    {
                        **spring,
                        "dragForce": 0.3,
                        "center": -1,
                        "hitRadius": 0.01,
                        "bones": [bones["hair 0"]],
                        "colliderGroups": [],
                    }
                ],
                "colliderGroups": [],
            },
            "materialProperties": [
                {
                    "name": f"material {number}",
                    "shader": "VRM/MToon",
                    "renderQueue": 2000,
                    "floatProperties": {"_ShadeToony": 0.9, "_CullMode": 2, "_BlendMode": 0},
                    "vectorProperties": {
                        "_Color": [*colour, 1],
                        "_ShadeColor": [*(0.7 * level for level in colour), 1],
                    },
                    "textureProperties": {"_MainTex": 0} if number == EYE else {},
                    "keywordMap": {},
                    "tagMap": {},
                }
                for number, colour in enumerate(COLOURS)
            ],
        },
    )
    return model.glb()
