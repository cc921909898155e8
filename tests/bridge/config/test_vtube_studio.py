import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bridge.config.reading import to_yaml
from bridge.config.settings import Settings
from bridge.config.vtube_studio import VTubeStudioSection

Read = Callable[[str], Settings]
Mistakes = Callable[[str], list[str]]


def only_output(settings: Settings) -> VTubeStudioSection:
    [output] = settings.outputs
    assert isinstance(output, VTubeStudioSection)
    return output


@pytest.mark.parametrize(
    ("to", "place", "name"),
    [
        ("vtube-studio", "127.0.0.1:8001", "vtube-studio 127.0.0.1:8001"),
        ("vtube-studio://127.0.0.1", "127.0.0.1:8001", "vtube-studio 127.0.0.1:8001"),
        ("vtube-studio://studio:8002", "studio:8002", "vtube-studio studio:8002"),
        ("vtube-studio://[::1]:8001", "[::1]:8001", "vtube-studio [::1]:8001"),
    ],
)
def test_vtube_studio_is_reached_at_an_address(read: Read, to: str, place: str, name: str) -> None:
    output = only_output(read(f"outputs: ['{to}']"))
    assert (output.address.place, output.name, output.discovered) == (place, name, False)


def test_vtube_studio_is_discovered_when_told_so(read: Read) -> None:
    output = only_output(read("outputs: ['vtube-studio://discover?instance=VTube Studio']"))
    assert output.discovered
    assert (output.name, output.instance) == ("vtube-studio discover", "VTube Studio")


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("vtube-studio://h/path", "'path': an address of vtube-studio has nothing after the port"),
        ("vtube-studio://h/{stream}", "shows one stream"),
        ("{to: 'vtube-studio://h', stream: '*'}", "another output"),
        ("vtube-studio://ann@h", "has no user names"),
        ("vtube-studio://ann:secret@h", "a password in an address"),
        ("vtube-studio://discover:8001", "discovery finds the port itself"),
        ("vtube-studio://h:99999", "expected a port from 1 to 65535"),
        ("vtube-studio://h?parameters=all", "custom"),
        ("vtube-studio://h?prefix=two words", "1–13 ASCII letters and digits"),
        ("{to: vtube-studio, prefix: ''}", "1–13 ASCII letters and digits"),
        ("vtube-studio://h?prefix=FourteenLetter", "1–13 ASCII letters and digits"),
        ("vtube-studio://h?remote=true", "remote needs vtube-studio://discover"),
        ("vtube-studio://h?instance=x", "instance needs vtube-studio://discover"),
        ("vtube-studio://h?mirorr=true", "did you mean"),
        ("vtube-studio://h?token_file=/dev/null", "not a regular file"),
        ("vtubestudio://h", "did you mean vtube-studio?"),
    ],
)
def test_a_mistake_is_reported_with_what_was_expected(
    mistakes: Mistakes, output: str, expected: str
) -> None:
    written = output if output.startswith("{") else f"'{output}'"
    assert any(expected in line for line in mistakes(f"outputs: [{written}]"))


@pytest.mark.skipif(os.name != "posix", reason="only POSIX systems know modes")
def test_a_token_file_that_others_can_read_is_reported_without_the_token(
    mistakes: Mistakes, tmp_path: Path
) -> None:
    kept = tmp_path / "token"
    kept.write_text("hush-hush\n")
    kept.chmod(0o644)
    [line] = mistakes(f"outputs: [{{to: vtube-studio, token_file: {kept}}}]")
    assert "chmod 600" in line
    assert "hush" not in line


def test_effective_settings_do_not_hold_the_token(read: Read, tmp_path: Path) -> None:
    kept = tmp_path / "token"
    kept.write_text("hush-hush\n")
    kept.chmod(0o600)
    settings = read(f"outputs: [{{to: vtube-studio, token_file: {kept}}}]")
    assert "hush" not in to_yaml(settings)
    assert only_output(settings).token_path("h", 1) == kept


def test_each_vtube_studio_has_a_token_file_of_its_own(
    read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    output = only_output(read("outputs: [vtube-studio]"))
    places = [("127.0.0.1", 8001), ("127.0.0.1", 8002), ("studio", 8001), ("::1", 8001)]
    files = [output.token_path(*place) for place in places]
    assert len(set(files)) == len(files)
    assert {file.parent for file in files} == {tmp_path}
    assert output.token_path("../../x", 1).parent == tmp_path


def test_a_bridge_without_vtube_studio_does_not_import_aiohttp() -> None:
    program = (
        "import sys; import bridge.cli.run, bridge.cli.listen, bridge.daemon.daemon; "
        "sys.exit('aiohttp' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_an_output_may_leave_the_face_alone(read: Read) -> None:
    output = only_output(read("outputs: ['vtube-studio?parameters=none']"))
    assert (output.custom_parameters(), output.inputs()) == ([], [])
