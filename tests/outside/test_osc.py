"""What we send over OSC is what others read, type tags and all."""

import shlex
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from protocols.osc import packets as osc

Read = Callable[[Sequence[bytes]], list[dict[str, Any]]]
Said = list[tuple[str, str, list[Any]]]

TAGS = {int: "i", float: "f", str: "s"}


def tags_of(arguments: Sequence[Any]) -> str:
    return "".join(
        "FT"[argument] if isinstance(argument, bool) else TAGS[type(argument)]
        for argument in arguments
    )


def said(datagrams: Sequence[bytes]) -> Said:
    """Our own decoder."""
    return [
        (address, tags_of(arguments), list(arguments))
        for datagram in datagrams
        for address, arguments in osc.decode(datagram)
    ]


@pytest.fixture(scope="session")
def in_javascript(read_in_javascript: Read, cases: Sequence[Any]) -> dict[str, list[Any]]:
    """What JavaScript reads in each case, by name."""
    read = iter(read_in_javascript([d for case in cases for d in case.datagrams]))
    return {case.name: [next(read) for _ in case.datagrams] for case in cases}


def test_every_dialect_over_osc_is_among_the_cases(cases: Sequence[Any]) -> None:
    names = {case.name for case in cases}
    assert {"vmc", "vmc names=camel", "vmc bundle=False"} <= names
    assert {"osc", "osc layout=array", "osc layout=indexed", "osc scale=100"} <= names


@pytest.mark.parametrize("library", ["osc", "osc-min"])
def test_a_javascript_library_reads_what_we_read(
    case: Any, library: str, in_javascript: dict[str, list[Any]]
) -> None:
    datagrams = [read[library] for read in in_javascript[case.name]]
    assert not [problem for problem in datagrams if isinstance(problem, str)]
    messages = [tuple(message) for messages in datagrams for message in messages]
    assert messages == said(case.datagrams)


def test_oscdump_prints_what_we_read(case: Any, oscdump: Any) -> None:
    printed = [shlex.split(line)[1:] for line in oscdump.printed(case.datagrams)]
    assert printed == [
        [address, *([tags] if tags else []), *map(as_printed, arguments)]
        for address, tags, arguments in said(case.datagrams)
    ]


def as_printed(argument: Any) -> str:
    if isinstance(argument, bool):
        return f"#{'FT'[argument]}"
    return f"{argument:f}" if isinstance(argument, float) else str(argument)


def test_the_libraries_refuse_what_is_not_osc(read_in_javascript: Read) -> None:
    broken = [
        b"/a\0\0,f\0\0",
        b"/a\0\0,s\0\0abc\0defg",
        b"nothing",
        b"/a\0\0,i\0\0\0\0\0\1\0\0\0\0",
    ]
    for read in read_in_javascript(broken):
        assert isinstance(read["osc"], str)
        assert isinstance(read["osc-min"], str)
