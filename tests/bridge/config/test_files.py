"""Files that settings name are checked when a configuration is read, not by validators."""

from pathlib import Path

from bridge.config.files import unusable_files
from bridge.config.settings import Settings


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


def test_a_token_file_need_not_exist_yet(tmp_path: Path) -> None:
    settings = Settings.model_validate(
        {"outputs": [{"to": "vtube-studio", "token_file": str(tmp_path / "token")}]}
    )
    assert list(unusable_files(settings)) == []
