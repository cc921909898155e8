"""Builds what is released and tries each part in a fresh environment: `make dist`.

The zip is for people who do not know pip: the wheel, the start files, and what to read first.
"""

import json
import os
import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
IN_THE_ZIP = (
    "start.bat",
    "start.command",
    "start.sh",
    "constraints.txt",
    "config.example.yaml",
    "LICENSE",
    "docs/start.md",
    "docs/troubleshooting.md",
)
_RUN = """
import json, os, pathlib, bridge
from bridge.cli import main
os.chdir({folder!r})
status = main(["init"]) or main(["check", "config.yaml"])
print(json.dumps([status, bridge.__file__]))
"""


def build(folder: Path) -> tuple[Path, Path, Path]:
    """Build a wheel, a source archive and a zip. Returns their places."""
    folder = folder.resolve()
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    newest = max(folder.glob("affect_bridge-*.whl"), key=lambda path: path.stat().st_mtime)
    name = "-".join(newest.name.split("-")[:2])
    return newest, folder / f"{name}.tar.gz", zip_for_people(newest, folder / f"{name}.zip")


def zip_for_people(wheel: Path, place: Path) -> Path:
    """Pack the wheel and the start files, which stay executable, into one folder."""
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in (wheel, *(ROOT / name for name in IN_THE_ZIP)):
            inside = path.name if path == wheel else path.relative_to(ROOT).as_posix()
            about = zipfile.ZipInfo.from_file(path, f"affect-bridge/{inside}")
            about.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(about, path.read_bytes())
    return place


def unzip(place: Path, folder: Path) -> Path:
    """Unpack as a file manager does, with permissions. Returns the one folder that is inside."""
    with zipfile.ZipFile(place) as packed:
        for about in packed.infolist():
            Path(packed.extract(about, folder)).chmod(about.external_attr >> 16 & 0o777)
    return folder / "affect-bridge"


def fresh_environment(folder: Path, *, borrow: bool) -> Path:
    """A new environment. Returns its Python.

    Args:
        borrow: find dependencies in this environment, instead of installing them again.
    """
    venv.create(folder, with_pip=not borrow, symlinks=os.name != "nt")
    scripts = folder / ("Scripts" if os.name == "nt" else "bin")
    if borrow:
        [site] = folder.glob("Lib/site-packages" if os.name == "nt" else "lib/*/site-packages")
        here = next(path for path in sys.path if path.endswith("site-packages"))
        (site / "borrowed.pth").write_text(here + "\n", "utf-8")
    return scripts / ("python.exe" if os.name == "nt" else "python")


def install_and_try(package: Path, folder: Path, *, borrow: bool) -> None:
    """Install a wheel or a source archive into a fresh environment, and use it there."""
    python = fresh_environment(folder / "env", borrow=borrow)
    command = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
    if borrow:
        command += ["--no-deps", "--no-build-isolation", "--no-index"]
    else:
        command += ["-c", str(ROOT / "constraints.txt")]
    apart = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    subprocess.run([*command, str(package)], check=True, env=apart)
    (work := folder / "work").mkdir()
    done = subprocess.run(
        [str(python), "-c", _RUN.format(folder=str(work))],
        capture_output=True,
        check=True,
        cwd=work,
        env=apart,
        text=True,
    )
    status, where = json.loads(done.stdout.splitlines()[-1])
    if status != 0 or not Path(where).is_relative_to(folder.resolve()):
        raise SystemExit(f"{package.name} does not work: status {status}, run from {where}")
    print(f"{package.name}: installs and runs")


def main(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    wheel, archive, zipped = build(folder)
    for package in (wheel, archive):
        with tempfile.TemporaryDirectory() as fresh:
            install_and_try(package, Path(fresh), borrow=False)
    with tempfile.TemporaryDirectory() as fresh:
        unpacked = unzip(zipped, Path(fresh))
        install_and_try(next(unpacked.glob("*.whl")), Path(fresh), borrow=False)
    print(*(f"{place} ({place.stat().st_size // 1024} kB)" for place in (wheel, archive, zipped)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
