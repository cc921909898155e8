"""`affect-bridge init` writes a configuration that runs, and keeps what is there."""

import pytest

from bridge.cli import main
from bridge.config.reading import read_settings
from tests.test_house import ROOT


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_example_is_written_where_the_user_stands_and_means_the_same(here, capsys):
    assert main(["init"]) == 0
    assert "affect-bridge run config.yaml" in capsys.readouterr().out
    assert read_settings(here / "config.yaml") == read_settings(ROOT / "config.example.yaml")


def test_it_names_itself_and_nothing_that_only_a_checkout_has(here):
    main(["init", "studio.yaml"])
    text = (here / "studio.yaml").read_text("utf-8")
    assert "affect-bridge check studio.yaml" in text
    assert "config.example.yaml" not in text
    assert "$schema" not in text


def test_a_file_that_exists_is_kept_unless_forced(here, capsys):
    (here / "config.yaml").write_text("mine", "utf-8")
    assert main(["init"]) == 2
    assert "--force replaces it" in capsys.readouterr().err
    assert (here / "config.yaml").read_text("utf-8") == "mine"
    assert main(["init", "--force"]) == 0
    assert (here / "config.yaml").read_text("utf-8") != "mine"


def test_a_folder_that_does_not_exist_is_reported(here, capsys):
    assert main(["init", "nowhere/config.yaml"]) == 2
    assert "cannot write nowhere" in capsys.readouterr().err.replace("\\", "/")
