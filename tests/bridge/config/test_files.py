"""Files that settings name are checked when a configuration is read, not by validators."""

from pathlib import Path

import pytest

from bridge.config.files import unusable_files
from bridge.config.reading import ConfigError, read_settings
from bridge.config.settings import Settings
from bridge.config.web import LARGEST_AVATAR
from bridge.model.checkpoint import BUILTIN


def test_validation_reads_no_file() -> None:
    settings = Settings.model_validate(
        {
            "model": "/no/such/file.safetensors",
            "inputs": [{"from": "mqtts://h/a", "tls_ca": "/no/such/file.pem"}],
            "outputs": [{"to": "vtube-studio", "token_file": "/dev/null"}],
        }
    )
    assert settings.model == Path("/no/such/file.safetensors")


def test_each_file_that_cannot_be_used_is_reported_with_its_place(tmp_path: Path) -> None:
    model = tmp_path / "face.safetensors"
    model.write_bytes(b"not weights")
    settings = Settings.model_validate(
        {
            "model": str(model),
            "inputs": ["stdin", {"from": "mqtts://h/a", "tls_ca": "/no/such/file.pem"}],
            "outputs": [{"to": "vtube-studio", "token_file": "/dev/null"}],
        }
    )
    found = dict(unusable_files(settings))
    assert list(found) == [("model",), ("inputs", 1, "tls_ca"), ("outputs", 0, "token_file")]
    assert str(model) in found["model",]
    assert "no such file" in found["inputs", 1, "tls_ca"]
    assert "not a regular file" in found["outputs", 0, "token_file"]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"glTF and more", ""),
        (b"solid cube", "expected a binary glTF file"),
        (None, "no such file"),
    ],
)
def test_the_avatar_is_a_binary_gltf_file(tmp_path: Path, content: bytes | None, why: str) -> None:
    avatar = tmp_path / "me.vrm"
    if content is not None:
        avatar.write_bytes(content)
    found = dict(unusable_files(Settings.model_validate({"web": {"avatar": str(avatar)}})))
    assert list(found) == ([("web", "avatar")] if why else [])
    assert all(why in told and str(avatar) in told for told in found.values())


def test_an_avatar_larger_than_a_page_takes_is_reported(tmp_path: Path) -> None:
    with (avatar := tmp_path / "me.glb").open("wb") as file:
        file.write(b"glTF")
        file.truncate((LARGEST_AVATAR << 20) + 1)  # sparse: it takes no space
    found = dict(unusable_files(Settings.model_validate({"web": {"avatar": str(avatar)}})))
    assert f"larger than {LARGEST_AVATAR} MB" in found["web", "avatar"]


def test_a_token_file_need_not_exist_yet(tmp_path: Path) -> None:
    settings = Settings.model_validate(
        {"outputs": [{"to": "vtube-studio", "token_file": str(tmp_path / "token")}]}
    )
    assert list(unusable_files(settings)) == []


CONFIGURATION = """\
model: {folder}face.safetensors
inputs:
  from: mqtts://ann@h/a
  password_file: {folder}password
  tls_ca: {folder}ca.pem
outputs: [{{to: vtube-studio, token_file: {folder}kept/token}}, vseeface]
"""


def written(folder: Path, text: str) -> Path:
    """A configuration in a folder with the files that it names."""
    (folder / "face.safetensors").write_bytes(BUILTIN.read_bytes())
    for name in ("password", "ca.pem"):
        (folder / name).write_text("x")
    config = folder / "studio.yaml"
    config.write_text(text, encoding="utf-8")
    return config


def paths(settings: Settings) -> list[Path | None]:
    [mqtt], [studio, _] = settings.inputs, settings.outputs
    named = [*mqtt.model_dump().items(), *studio.model_dump().items()]
    return [settings.model, *(value for _, value in named if isinstance(value, Path))]


@pytest.mark.parametrize("folder", ["", "./", "~/", "{here}/"])
def test_paths_start_at_the_folder_of_the_configuration_or_at_home(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for home in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(home, str(tmp_path))
    text = CONFIGURATION.format(folder=folder.format(here=tmp_path))
    names = ("face.safetensors", "password", "ca.pem", "kept/token")
    assert paths(read_settings(written(tmp_path, text))) == [tmp_path / name for name in names]


def test_a_configuration_that_is_named_from_its_own_folder_has_whole_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = written(tmp_path, CONFIGURATION.format(folder=""))
    monkeypatch.chdir(tmp_path)
    assert paths(read_settings(Path(config.name))) == paths(read_settings(config))


def test_paths_of_the_command_line_start_at_the_current_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    config = written(elsewhere, "model: face.safetensors\n")
    (tmp_path / "mine.pem").write_text("x")
    monkeypatch.chdir(tmp_path)
    for home in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(home, str(elsewhere))
    given = ["mqtts://h/a?tls_ca=mine.pem", "mqtts://i/a?tls_ca=~/ca.pem"]
    settings = read_settings(config, {"inputs": given})
    assert settings.model == elsewhere / "face.safetensors"
    found = [Path(section.model_dump()["tls_ca"]).absolute() for section in settings.inputs]
    assert found == [tmp_path / "mine.pem", elsewhere / "ca.pem"]


@pytest.mark.parametrize(
    "output",
    ["{to: vtube-studio, token_file: ~no-such-user/x}", "mqtts://h?tls_ca=~no-such-user/x"],
)
def test_the_home_of_nobody_is_reported_with_its_line(tmp_path: Path, output: str) -> None:
    config = written(tmp_path, f"fps: 30\noutputs: {output}\n")
    with pytest.raises(
        ConfigError, match=r"studio\.yaml:2: outputs.*: there is no user .no-such-u"
    ):
        read_settings(config)
