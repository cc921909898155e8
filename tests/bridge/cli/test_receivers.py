import re
from collections.abc import Callable

import pytest

from bridge.config.outputs import SCHEMES
from bridge.config.receivers import RECEIVERS

Run = Callable[..., tuple[int, str, str]]


def in_one_line(text: str) -> str:
    return " ".join(text.split())


def test_every_program_is_listed_with_dialect_port_and_caution(run: Run) -> None:
    status, out, err = run("receivers")
    assert (status, err) == (0, "")
    rows = [row for row in out.splitlines() if row[0] != " "]
    assert [row.split()[0] for row in rows] == ["--to", *RECEIVERS]
    for receiver in RECEIVERS.values():
        assert receiver.caution in in_one_line(out)
    assert re.search(r"^snekstudio +vmc +39570 ", out, re.MULTILINE)
    assert re.search(r"^unreal +livelink +11111 ", out, re.MULTILINE)


def test_the_list_fits_the_terminal(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "90")
    _, out, _ = run("receivers")
    assert max(map(len, out.splitlines())) <= 90


def test_one_program_is_shown_with_address_settings_and_caution(run: Run) -> None:
    status, out, _ = run("receivers", "SnekStudio")
    assert status == 0
    assert "--to snekstudio" in out
    assert "address: vmc://127.0.0.1:39570\n" in out
    assert RECEIVERS["snekstudio"].caution in in_one_line(out)
    assert "docs/receivers.md#snekstudio" in out
    assert re.search(r"^  names: pascal  The spelling of the model", out, re.MULTILINE)
    assert re.search(r"^  every: 1 ", out, re.MULTILINE)


def test_a_setting_of_a_program_is_shown_in_place_of_the_dialects(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    camel = RECEIVERS["vnyan"]._replace(settings={"names": "camel"})
    monkeypatch.setitem(RECEIVERS, "vnyan", camel)
    _, out, _ = run("receivers", "vnyan")
    assert re.search(r"^  names: camel ", out, re.MULTILINE)


@pytest.mark.parametrize("name", [*RECEIVERS, *SCHEMES])
def test_every_program_and_every_dialect_can_be_shown(run: Run, name: str) -> None:
    status, out, err = run("receivers", name)
    assert (status, err) == (0, "")
    assert "Undefined" not in out
    assert "settings:" in out


def test_a_dialect_is_shown_with_the_programs_that_speak_it(run: Run) -> None:
    _, out, _ = run("receivers", "livelink")
    assert "programs: unreal\n" in out


def test_a_misspelt_program_is_answered_with_what_was_meant(run: Run) -> None:
    status, out, err = run("receivers", "vseefase")
    assert (status, out) == (2, "")
    assert "did you mean vseeface?" in err
    status, _, err = run("receivers", "xyzzy")
    assert status == 2
    assert "vseeface, warudo" in err
