"""Rendered faces as pictures and as a film."""

import os
import re
import subprocess

import numpy as np
import pytest
from imageio_ffmpeg import get_ffmpeg_exe

from bridge.frames.clock import Tick
from bridge.offline.portrait import film, paint, png
from bridge.offline.portrait.film import FilmError, write_film, write_pictures
from protocols.arkit import INDEX
from protocols.face import Face


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(film, "WIDTH", 32)


@pytest.fixture
def ffmpeg(tmp_path, monkeypatch):
    """The real program, whether or not this machine has it."""
    place = tmp_path / "bin"
    place.mkdir()
    program = place / ("ffmpeg.exe" if os.name == "nt" else "ffmpeg")
    program.symlink_to(get_ffmpeg_exe())
    monkeypatch.setenv("PATH", str(place), prepend=os.pathsep)
    return program


def frames(*moments):
    """A face whose jaw opens more and more."""
    face = Face()
    for number, now in enumerate(moments):
        face.weights[INDEX["jawOpen"]] = number / len(moments)
        yield Tick(number, 5.0 + now, now), {"main": face}


def decoded(ffmpeg, path):
    """The pictures of a film as [frames, height, width, 3]."""
    told = subprocess.run([ffmpeg, "-i", path], capture_output=True, text=True, check=False).stderr
    arguments = ["-i", path, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    raw = subprocess.run([ffmpeg, *arguments], capture_output=True, check=True).stdout
    rate = float(re.search(r"([\d.]+) fps", told)[1])
    return np.frombuffer(raw, np.uint8).reshape(-1, 40, 32, 3), rate


def test_each_frame_becomes_a_picture(tmp_path):
    write_pictures(frames(0.0, 0.1, 0.2), tmp_path / "new", "main")
    written = sorted((tmp_path / "new").iterdir())
    assert [path.name for path in written] == ["000000.png", "000001.png", "000002.png"]
    face = Face()
    face.weights[INDEX["jawOpen"]] = 2 / 3
    assert written[2].read_bytes() == png(paint(face.weights, face.rotations, width=32))


def test_a_stream_that_has_not_come_is_neutral(tmp_path):
    write_pictures(frames(0.0), tmp_path / "new", "bob")
    assert (tmp_path / "new/000000.png").read_bytes() == png(paint(Face().weights, width=32))


def test_old_pictures_are_not_mixed_with_new_ones(tmp_path):
    (tmp_path / "000007.png").touch()
    with pytest.raises(FilmError, match="not empty"):
        write_pictures(frames(0.0), tmp_path, "main")


def test_a_film_shows_each_frame_at_its_time(tmp_path, ffmpeg):
    path = tmp_path / "out.mp4"
    write_film(frames(0.0, 0.1, 0.3, 0.399), path, "main", 10.0)
    shown, rate = decoded(ffmpeg, path)
    assert rate == 10
    assert len(shown) == 5
    face = Face()
    for picture, jaw in zip(shown, (0.0, 0.25, 0.25, 0.5, 0.75), strict=True):
        face.weights[INDEX["jawOpen"]] = jaw
        painted = paint(face.weights, width=32).astype(float)
        seen = painted[..., 3] == 255
        assert np.abs(painted[seen, :3] - picture[seen]).mean() < 12  # a film loses a little
        assert (picture[0, 0] > 210).all()  # the wall


def test_what_ffmpeg_cannot_write_is_said(tmp_path, ffmpeg):
    with pytest.raises(FilmError, match=r"out\.mp4: ffmpeg: .*No such file"):
        write_film(frames(0.0, 0.1), tmp_path / "none" / "out.mp4", "main", 10.0)
