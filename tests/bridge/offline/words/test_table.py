import csv
import io
from pathlib import Path

import pytest

from bridge.emotion.words import table as words
from bridge.offline.words import table
from bridge.offline.words.table import held_out, measured_states, read_norms

HEAD = "word,arousal_mean,valence_mean,dominance_mean\n"


def norms_of_states() -> str:
    """Norms in which people rate each measured state a little weaker than it is."""
    rows = [
        f"{name},{5 + 2 * at.arousal:.3f},{5 + 3 * at.valence:.3f},{5 + 2.5 * at.dominance:.3f}"
        for name, at in measured_states().items()
        if name.isalpha()
    ]
    return HEAD + "\n".join(rows)


def test_words_that_need_a_note_on_their_sense_are_left_out() -> None:
    lines = f"{HEAD}bank (river),3,5,5\nBomb,6.7,1.6,4.2\n"
    assert [norm.word for norm in read_norms(io.StringIO(lines))] == ["bomb"]


def test_a_file_of_another_kind_is_refused_with_the_column_that_is_missing() -> None:
    with pytest.raises(ValueError, match="no column 'valence_mean'"):
        read_norms(io.StringIO("word,valence\nbomb,1\n"))


def test_weak_words_become_states_as_strong_as_measured() -> None:
    norms = read_norms(io.StringIO(f"{norms_of_states()}\nbomb,6.2,2.6,5\n"))
    assert min(held_out(norms[:-1], measured_states())) > 0.99
    bomb = table.states(norms, measured_states())[-1]
    assert bomb == pytest.approx([-0.8, 0.6, 0.0], abs=0.02)


def test_the_file_that_is_written_is_read_by_the_bridge(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = tmp_path / "norms.csv", tmp_path / "words.csv"
    source.write_text(
        f"{norms_of_states()}\nbomb,7.2,2.1,5\nnapkin,5.1,5.2,5.1\nlike,7,8,7\n", encoding="utf-8"
    )
    monkeypatch.setattr(table, "TABLE", target)
    table.main([str(source)])
    written = target.read_text(encoding="utf-8")
    about = words.TABLE.read_text(encoding="utf-8").split("word,valence")[0]
    assert written.startswith(about)
    rows = {row["word"]: row for row in csv.DictReader(written[len(about) :].splitlines())}
    assert float(rows["bomb"]["arousal"]) > 0.8
    assert "napkin" not in rows
    assert "like" not in rows
