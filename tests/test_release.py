"""What `make dist` builds: each part installs into a fresh environment, and the start files start
the bridge. Dependencies are borrowed from this environment. Nothing is tried on Windows."""

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
import zipfile

import pytest

from tests.bridge.brokers import free_port
from tests.release import IN_THE_ZIP, ROOT, build, fresh_environment, install_and_try, unzip

posix = pytest.mark.skipif(os.name != "posix", reason="start.sh is a shell script")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    docs = ROOT / "docs"
    assert (docs / "start.md").exists()
    return build(tmp_path_factory.mktemp("dist"))


@pytest.mark.parametrize("which", [0, 1], ids=["wheel", "source archive"])
def test_a_package_installs_and_writes_and_reads_the_example(built, which, tmp_path):
    install_and_try(built[which], tmp_path, borrow=True)


def test_the_zip_has_the_wheel_and_the_start_files_in_one_folder(built):
    names = zipfile.ZipFile(built[2]).namelist()
    assert set(names) == {f"affect-bridge/{name}" for name in (built[0].name, *IN_THE_ZIP)}


@posix
def test_the_start_files_in_the_zip_install_and_start_the_bridge(built, tmp_path):
    """`start.command` runs `start.sh`."""
    folder = unzip(built[2], tmp_path)
    fresh_environment(folder / ".venv", borrow=True)
    subprocess.run(
        [folder / ".venv/bin/python", "-m", "ensurepip"], check=True, capture_output=True
    )
    web, vmc = free_port(socket.SOCK_STREAM), free_port(socket.SOCK_DGRAM)
    apart = {
        key: value for key, value in os.environ.items() if key not in ("DISPLAY", "PYTHONPATH")
    }
    bridge = subprocess.Popen(
        [
            folder / "start.command",
            "--web",
            f"127.0.0.1:{web}",
            "--from",
            "demo",
            "--to",
            f"vmc://:{vmc}",
        ],
        cwd="/",
        env=apart | {"PIP_NO_DEPS": "1", "PIP_NO_INDEX": "1"},
        stdin=subprocess.DEVNULL,
    )
    try:
        assert _answers(f"http://127.0.0.1:{web}/", bridge)
        assert (folder / "config.yaml").exists()
    finally:
        bridge.send_signal(signal.SIGTERM)
        assert bridge.wait(15) == 0


@posix
def test_without_a_new_python_it_says_where_to_get_one(tmp_path):
    (tmp_path / "start.sh").write_bytes((ROOT / "start.sh").read_bytes())
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "dirname").symlink_to("/usr/bin/dirname")
    (tools / "python3").write_text("#!/bin/sh\nexit 1\n")
    (tools / "python3").chmod(0o755)
    done = subprocess.run(
        ["/bin/sh", tmp_path / "start.sh"],
        capture_output=True,
        check=False,
        env={"PATH": str(tools)},
        text=True,
    )
    assert done.returncode == 1
    assert "Python 3.11 or newer" in done.stdout
    assert "https://www.python.org/downloads/" in done.stdout


def test_the_start_file_for_windows_can_be_checked_by_reading():
    """cmd finds labels reliably only in files whose lines end as Windows ends them."""
    text = (ROOT / "start.bat").read_bytes()
    lines = text.decode("ascii").split("\r\n")
    assert text.count(b"\n") == text.count(b"\r\n") == len(lines) - 1 < 45
    labels = {line[1:] for line in lines if line.startswith(":")}
    asked = {line.split("goto ")[1] for line in lines if "goto " in line}
    assert asked <= labels
    assert "(3, 11)" in text.decode()


def _answers(url, process):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except urllib.error.HTTPError:
            return True
        except OSError:
            time.sleep(0.1)
        else:
            return True
    return False
