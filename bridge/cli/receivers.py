"""`affect-bridge receivers`: list the known avatar programs, and the settings of each."""

import argparse
import difflib
import shutil
import sys
import textwrap
from typing import Any

from bridge.cli import MISTAKE
from bridge.config.output_section import OutputSection
from bridge.config.outputs import SCHEMES, SECTIONS
from bridge.config.reach import ReachSettings
from bridge.config.receivers import RECEIVERS, Receiver
from bridge.config.settings import Settings
from protocols.dialects import DIALECTS

_COLUMNS = "{:14} {:13} {:>5}  "
_NARROWEST = 76
_SHOWN_ABOVE = {"to", "receiver"}
_OF_MANY_OUTPUTS = {*OutputSection.model_fields, *ReachSettings.model_fields}


def describe(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "List the avatar programs that you can name in --to, and in `to:` in a configuration, "
        "with their dialects and ports. docs/receivers.md says what to click in each program."
    )
    parser.epilog = """examples:
  affect-bridge receivers
  affect-bridge receivers vnyan
  affect-bridge run --from demo --to vnyan"""
    parser.add_argument(
        "name", nargs="?", help="show one program or one dialect with all its settings"
    )
    parser.set_defaults(perform=perform)


def perform(options: argparse.Namespace) -> int:
    if options.name is None:
        _print_table()
        return 0
    name = options.name.strip().lower()
    if name in RECEIVERS:
        _print_receiver(name, RECEIVERS[name])
    elif name in SCHEMES:
        _print_dialect(name)
    else:
        near = difflib.get_close_matches(name, [*RECEIVERS, *SCHEMES], n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        print(
            f"{options.name!r}: no such program or dialect{hint}\n"
            f"programs: {', '.join(RECEIVERS)}\ndialects: {', '.join(SCHEMES)}",
            file=sys.stderr,
        )
        return MISTAKE
    return 0


def _print_table() -> None:
    print(_COLUMNS.format("--to", "dialect", "port") + "notes")
    for name, receiver in RECEIVERS.items():
        start = _COLUMNS.format(name, receiver.scheme, _output(name).address.port)
        print(_wrapped(receiver.caution, start))


def _print_receiver(name: str, receiver: Receiver) -> None:
    output = _output(name)
    waits = receiver.scheme in DIALECTS and DIALECTS[receiver.scheme].asking is not None
    elsewhere = f"{name}://0.0.0.0" if waits else f"{name}://HOST"
    print(f"{receiver.program}: --to {name}, or --to {elsewhere} for another machine")
    print(f"address: {output.to}")
    print(_wrapped(receiver.caution, "note: "))
    print(f"more: docs/receivers.md#{name}")
    _print_settings(type(output), output)


def _print_dialect(scheme: str) -> None:
    section = SECTIONS[SCHEMES[scheme].removeprefix("to ")]  # mqtts is mqtt with TLS
    print(_wrapped(" ".join((section.__doc__ or "").split()), ""))
    names = [name for name, receiver in RECEIVERS.items() if receiver.scheme == scheme]
    if names:
        print(f"programs: {', '.join(names)}")
    _print_settings(section)


def _print_settings(section: type[OutputSection], output: OutputSection | None = None) -> None:
    """Print each setting of a kind of output with its default, or with its value in `output`. The
    settings that only this kind has come first."""
    print("settings:")
    fields = section.model_fields
    for name in sorted(fields, key=lambda name: name in _OF_MANY_OUTPUTS):
        if name not in _SHOWN_ABOVE:
            default = fields[name].get_default(call_default_factory=True)
            value = default if output is None else getattr(output, name)
            print(_wrapped(fields[name].description or "", f"  {name}: {_as_yaml(value)}  "))


def _as_yaml(value: Any) -> str:
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _wrapped(text: str, start: str) -> str:
    return textwrap.fill(
        text,
        max(shutil.get_terminal_size().columns, _NARROWEST),
        initial_indent=start,
        subsequent_indent=" " * min(len(start), 36),
        break_on_hyphens=False,  # so that an address can be copied
    )


def _output(name: str) -> OutputSection:
    """The output to this receiver on this machine."""
    return Settings.model_validate({"outputs": [name]}).outputs[0]
