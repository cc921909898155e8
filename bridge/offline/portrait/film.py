"""Rendered faces as pictures of the head: a PNG for each frame, or a film made by ffmpeg."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np

from bridge.offline.portrait.painting import ASPECT, paint
from bridge.offline.portrait.png import Pixels, png
from bridge.rendering.files import Frames
from protocols.face import Face

WIDTH = 480
"""Pixels; even, and so is the height, because the usual film format needs it."""
_WALL = np.array([232, 234, 237], np.float32)
"""The colour behind the head in a film, which has no transparency."""


class FilmError(ValueError):
    """Pictures cannot be written; the message says why."""


def write_pictures(frames: Frames, folder: Path, stream: str) -> None:
    """Write `000000.png`, `000001.png` and so on, one for each frame, transparent around the head.
    A frame without the stream shows the neutral face.

    Raises:
        FilmError: the folder exists and is not empty.
        OSError: a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise FilmError(f"{folder}: the folder is not empty; expected a new or an empty one")
    neutral = Face()
    for number, (_, faces) in enumerate(frames):
        face = faces.get(stream, neutral)
        picture = png(paint(face.weights, face.rotations, width=WIDTH))
        (folder / f"{number:06}.png").write_bytes(picture)


def write_film(frames: Frames, path: Path, stream: str, fps: float) -> None:
    """Write an MP4 file (H.264) at an even rate, whatever the times of the frames are.

    Raises:
        FilmError: ffmpeg is not installed, or cannot write the film.
    """
    program = shutil.which("ffmpeg")
    if program is None:
        raise FilmError(
            f"{path}: ffmpeg is needed to write it, and is not installed; "
            "see https://ffmpeg.org, or write pictures: a folder such as frames/"
        )
    arguments = [
        *(program, "-loglevel", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24"),
        *(
            "-s",
            f"{WIDTH}x{round(WIDTH * ASPECT)}",
            "-r",
            f"{fps:g}",
            "-i",
            "-",
            "-pix_fmt",
            "yuv420p",
        ),
        *("-movflags", "+faststart", "-f", "mp4", str(path.absolute())),
    ]
    with tempfile.TemporaryFile() as said:  # a pipe could fill up while we write
        process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stderr=said)  # noqa: S603
        try:
            assert process.stdin is not None  # noqa: S101 - for the type checker
            with suppress(BrokenPipeError), process.stdin as pipe:
                for pixels in _evenly(frames, stream, fps):
                    pipe.write(_on_wall(pixels))
            failed = process.wait() != 0
        finally:
            process.kill()
            process.wait()
        said.seek(0)
        if failed:
            why = said.read().decode(errors="replace").strip().splitlines()
            raise FilmError(f"{path}: ffmpeg: {why[-1] if why else 'it failed'}")


def _evenly(frames: Frames, stream: str, fps: float) -> Iterator[Pixels]:
    """A picture for each `1 / fps` seconds: of the latest frame at that moment."""
    written, neutral = 0, Face()
    shown: Pixels | None = None
    for tick, faces in frames:
        # The time of a frame may be rounded to a little before its picture's.
        while shown is not None and written < round(tick.seconds * fps):
            yield shown
            written += 1
        face = faces.get(stream, neutral)
        shown = paint(face.weights, face.rotations, width=WIDTH)
    if shown is not None:
        yield shown


def _on_wall(pixels: Pixels) -> bytes:
    share = pixels[..., 3:].astype(np.float32) / 255
    mixed = pixels[..., :3] * share + _WALL * (1 - share)
    return np.rint(mixed).astype(np.uint8).tobytes()
