"""What docs/inputs.md says is understood, is; and the page is up to date."""

import re

import pytest

from bridge.emotion.cleaning import decode
from bridge.emotion.osc_addresses import Addresses
from bridge.emotion.update import UpdateError
from tests.cases import Case, addresses, chapters, said
from tests.cases.meaning import check
from tests.inputs_page import PAGE, page, reader_for

EVERY_CASE = [
    pytest.param(case, id=f"{title}: {case.sent[:40]!r}")
    for title, cases in [*((c.title, c.cases) for c in chapters()), ("said", said())]
    for case in cases
]


@pytest.mark.parametrize("case", EVERY_CASE)
def test_a_message_means_what_the_page_says(case: Case) -> None:
    reader = reader_for(case.settings)
    text = decode(case.sent.encode(case.encoding))
    if case.refused:
        with pytest.raises(UpdateError) as refusal:
            reader.read(text).update()
        assert case.refused in str(refusal.value) or case in said()
    else:
        update = reader.read(text).update()
        state = None if update.cues is None else update.cues.state
        assert state == case.state
        assert case.forgets_mood == (update.cues is not None and update.cues.forget_mood)
        if case.means or case.vad or not (case.forgets_mood or state is not None):
            check(update.parts, case)
        else:
            assert not update.parts
        assert update.stream == case.stream
        assert case.hold is None or update.hold == case.hold
        assert case.then == ("" if update.then is None else update.then.label)


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run make docs"


@pytest.mark.parametrize("name", [n for names, _, _ in addresses() for n in names.split(", ")])
def test_an_address_that_the_page_shows_is_understood_for_every_stream(name: str) -> None:
    found = Addresses()
    meaning = found.meaning(name)
    assert meaning is not None
    assert found.meaning(f"/bob{name}") == meaning._replace(stream="bob")
    if name == "/vad":
        assert found.meaning(f"{name}/bob") == meaning._replace(stream="bob")


def test_every_row_of_a_table_has_the_columns_of_its_head() -> None:
    for table in re.findall(r"(?m)^(?:\|.*\n)+", page()):
        counts = {len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}
        assert len(counts) == 1, table.splitlines()[0]
