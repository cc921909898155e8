"""The order in which findings are shown."""

from bridge.doctor.finding import Cause, lines, note, ok, problem, problems

CLOSED = problem(Cause.OUTPUT, "output a", "nothing is listening", "start the program")
TAKEN = problem(Cause.INPUT, "input b", "the port is taken", "end the other program")
WRONG = problem(Cause.CONFIGURATION, "configuration", "line 3: fps", "correct it")
FINE = ok(Cause.MODEL, "model", "it loads")
FAR = note(Cause.OUTPUT, "output c", "cannot be seen", "look at its firewall")


def test_the_most_probable_cause_comes_first_and_the_others_after_it():
    told = lines([FINE, TAKEN, CLOSED, WRONG])
    assert told[:3] == [
        "Most probable cause:",
        "  configuration: line 3: fps",
        "  What to do: correct it",
    ]
    assert told.index("  output a: nothing is listening") < told.index(
        "  input b: the port is taken"
    )


def test_no_problem_is_said_and_a_note_keeps_its_advice():
    told = lines([FINE, FAR])
    assert told[0] == "No problem found."
    assert "           look at its firewall" in told
    assert problems([FINE, FAR]) == []


def test_every_check_is_listed_with_its_verdict():
    told = "\n".join(lines([FINE, CLOSED, FAR]))
    _, _, checks = told.partition("All checks:\n")
    assert [line.split()[0] for line in checks.splitlines()[:3]] == ["ok", "problem", "note"]


def test_programs_get_the_same_as_people():
    assert CLOSED.as_json() == {
        "subject": "output a",
        "verdict": "problem",
        "found": "nothing is listening",
        "cure": "start the program",
    }
