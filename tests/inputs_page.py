"""docs/inputs.md, made of the cases that the tests run. `python -m tests.inputs_page` writes it."""

import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from bridge.config.standard_input import StdinSection
from bridge.emotion.clean_text import CleanText
from bridge.emotion.names import emotions
from bridge.emotion.reading import Reader
from bridge.emotion.update import UpdateError
from bridge.emotion.words import HOLD
from bridge.emotion.words.feeling import feeling
from tests.bridge.emotion.words.judged import agreement, judged
from tests.cases import FOLDER, Case, Chapter, Script, addresses, chapters, scripts

PAGE = Path(__file__).parent.parent / "docs/inputs.md"

_INTRODUCTION = """\
# Inputs

Everything that the bridge understands. `make docs` writes this page from the cases that the tests
run, so each line of the tables is tested.

A message is a line on standard input, the payload of an MQTT message, or the text argument of an
OSC message; all forms work in all of them. `affect-bridge emotions` lists the names of emotions.
[Configuration](configuration.md#inputs) lists the settings of inputs.
"""

_OSC = """\
## OSC

`osc://127.0.0.1:9130` takes these addresses. Numbers may be text. A stream's name may stand in
front of each (`/{stream}/emotion`), and behind `/vad`, `/neutral` and the axes (`/vad/{stream}`).
The number of a page in front (`/1/valence`) is no stream, and a touch (`/valence/z`) is ignored.
"""

_OSC_SETTINGS = """\
`addresses` gives any other address a meaning: an emotion, an axis or several, `vad`, `emotion` (a
label as argument), `neutral` or `ignore`. `{stream}` in an address is the name of a stream.

```yaml
inputs:
  - from: osc://127.0.0.1:9130
    addresses:
      /slider/3: joy
      /xy: [valence, arousal]
      /{stream}/mood: emotion
```

A script of messages, and the face that it gives one second later:
"""

_MQTT = """\
## MQTT

The level of the topic at the `+` is the name of the stream. Where a filter has more than one `+`,
`{stream}` says which it is; the other levels may have names too.

```yaml
inputs:
  - mqtt://localhost/game/{zone}/npc/{stream}/emotion
```

A broker sends the message that it retains for a topic after each connection. It is applied, unless
it was applied before: a newer message stays in force when the connection was lost in between. With
`retained: ignore` it is never applied. A broker that speaks MQTT 3.1.1 does not say which of the
messages that come later it retains. There a retained message also counts as old if the same payload
came among the last 32 of its topic.
"""

_NATS = """\
## NATS

Install the client where affect-bridge was installed from:

    .venv/bin/pip install -c constraints.txt '.[nats]'

A message is the same as by MQTT, with dots between the tokens of its subject. The token at the `*`
is the name of the stream. Where a subject has more than one `*`, `{stream}` says which it is.

```yaml
inputs:
  - nats://localhost/affect.*.set
  - from: nats://bridge@nats-1.example/game.*.npc.{stream}.set
    servers: [nats-2.example:4222, nats-3.example:4222]
```

`servers` names the other servers of a cluster. When one is away, the next one is tried. In a
subject write `%2E` for a dot in the name of a stream. NATS keeps nothing for a bridge that is away.

Several bridges can share the streams of one server: [many machines](scale.md).
"""

_CHAT = """\
## The text of a chatbot, as it is written

`stdin:chat` reads the text of a chatbot, shows the emotions of its tags, and writes the same text
without the tags on standard output. The log and the status line are on standard error. Run

```sh
chatbot | affect-bridge run --from stdin:chat --to vseeface | speech
```

with your own programs for `chatbot` and `speech`. The text may come a character at a time. Each
character leaves at once. Only half a tag is held: until it is complete, until it can no longer
become a tag, or until no more text has come for half a second. A tag has at most 200 characters.
The setting `tags` chooses the kinds of tags.

| text | leaves as |
|---|---|
%ROWS%
One space or tab after a tag is removed with it if there is white space, or nothing, before the tag.
Everything else passes as it came: line ends, links, code between backticks, and bytes that are not
UTF-8.

A tag belongs to the words after it. By default it shows at once. With `pace: speech` it waits until
the voice has reached these words. The program that speaks sends how far it is to any other input:
`{"spoken": 42}` in JSON, or `/spoken 42` by OSC, for the same stream. The number counts the
characters of the text without tags, since its start. Count text that you skip as well. If your
program counts each utterance from its start, send 0 before each: the count then continues at the
next word. If no number comes for ten seconds, the bridge assumes that the voice speaks
`words_a_minute`.

When the text ends, the bridge closes standard output. It stops once all tags have shown and the
last emotion has expired. If the program that speaks ends first, the log says so and the face
continues. If that program does not read, the bridge stops reading after 64 KB and waits for it; the
face and the other inputs continue.
"""

_CHATS = (
    "[joy] Hello there",
    "Hello [joy:0.7, surprise:0.3] there",
    "Well. *sighs sadly* Oh no",
    "<emotion value='sad'>Oh no</emotion> indeed",
    "Wait <|DELAY:1|> for it",
    "see [1] and [happy](https://example.com)",
)

_TEXT = """\
## Text without tags

`stdin:text` reads the feeling of each sentence from its words. English is meant: sentences in other
languages change nothing, except by their emoji. Install what it needs where affect-bridge was
installed from:

    .venv/bin/pip install -c constraints.txt '.[text]'

Then run

```sh
echo "I am so happy for you!" | affect-bridge run --from stdin:text --to vseeface
```

and the face smiles. The text may be lines, or running text that comes a character at a time. A
sentence ends with `.`, `!`, `?` or `…`, with emoji, with its line, and when no more text comes for
half a second after one of these signs. With `untagged: read`, `stdin:chat` reads the sentences that
no tag belongs to; a tag counts until the end of its line.

| sentence | valence | arousal | dominance |
|---|---|---|---|
%ROWS%
[VADER](https://github.com/cjhutto/vaderSentiment) gives the valence. It knows negation, emphasis,
emoticons and emoji. Arousal and dominance come from a table of words, which is made from the
[Glasgow Norms](https://doi.org/10.3758/s13428-018-1099-3), from the names of emotions, and from
punctuation and capitals. Few known words give a weak feeling. A sentence without any changes
nothing, so the feeling before it stays until it expires: after %HOLD% seconds, which is how long it
takes to say 20 words. `hold` changes that.

Words show only a part of what a text says. Published models that are trained for it agree with
people at a correlation of about .8 in valence and .55 in arousal. Lists of words reach about half
of that. No irony is understood, and no feeling that is not in a word. These are the signs for
%COUNT% sentences that were written before the bridge first read them; one rule was changed after
that (`tests/bridge/emotion/words/sentences.yaml`):

| | judged | as expected | opposite | no sign |
|---|---|---|---|---|
%SIGNS%
Where you can choose, let the chatbot write tags.
"""

_SENTENCES = (
    "I am so happy for you!",
    "I am not happy about this.",
    "I'm furious, how dare you lie to me!",
    "I'm terrified, there is someone in the house!",
    "I am so lonely without you...",
    "What?! You did it already?",
    "He was nervous before the exam.",
    "See you tomorrow 😊",
    "The meeting starts at nine.",
    "Oh fantastic, my flight is cancelled again.",
)

_TERMINAL = """\
## At a terminal

A person gets an answer to each line at once. `help` or `?` says what can be typed, `demo` plays a
tour through the emotions until you type something, and `quit` stops the bridge. After the hold of
the input (`hold: 20` in `config.example.yaml`) a typed update expires and a demo goes on.
"""

_NAMES = """\
## Names

The table of emotions has 151 measured terms (Russell & Mehrabian 1977), the eight emotions of the
reference model, and judgements. These sets of labels are complete in it:
"""


def page() -> str:
    """The page."""
    return "\n".join(_parts()).rstrip() + "\n"


def reader_for(settings: dict[str, Any]) -> Reader:
    """A reader of messages by some settings of an input."""
    return Reader(StdinSection.model_validate({"from": "stdin", **settings}).reading)


def _parts() -> Iterator[str]:
    yield _INTRODUCTION
    for chapter in chapters():
        yield from _chapter(chapter)
    yield from (_OSC, "| address | arguments | meaning |", "|---|---|---|")
    for names, arguments, meaning in addresses():
        shown = ", ".join(f"`{name}`" for name in names.split(", "))
        yield f"| {shown} | {arguments} | {meaning} |"
    yield from ("", _OSC_SETTINGS, "| who sends it | messages | face |", "|---|---|---|")
    yield from map(_script, scripts())
    yield from ("", _MQTT, _NATS, _chat(), _text(), _TERMINAL, _NAMES)
    yield from _names()


def _chat() -> str:
    rows = []
    for text in _CHATS:
        reader = CleanText()
        pieces = reader.feed(text) + reader.flush()
        clean = "".join(piece for piece in pieces if isinstance(piece, str))
        rows.append(f"| {_code(text)} | {_code(clean)} |\n")
    return _CHAT.replace("%ROWS%", "".join(rows))


def _text() -> str:
    rows = []
    for sentence in _SENTENCES:
        point = feeling(sentence)
        axes = (f"{axis:.1f}" for axis in point) if point else ("no feeling", "", "")
        rows.append(f"| {_code(sentence)} | {' | '.join(axes)} |\n")
    signs = [
        f"| {name} | {row.judged} | {row.right} | {row.wrong} | {row.none} |\n"
        for name, row in zip(("valence", "arousal", "dominance"), agreement(), strict=True)
    ]
    return (
        _TEXT.replace("%ROWS%", "".join(rows))
        .replace("%HOLD%", f"{HOLD:g}")
        .replace("%COUNT%", str(len(judged())))
        .replace("%SIGNS%", "".join(signs))
    )


def _chapter(chapter: Chapter) -> Iterator[str]:
    about = textwrap.fill(chapter.about, width=100, break_long_words=False, break_on_hyphens=False)
    yield from (f"## {chapter.title}", "", about, "")
    columns = {
        "who sends it": lambda case: case.origin,
        "message": lambda case: _code(case.sent),
        "settings": lambda case: _settings(case.settings),
        "meaning": _meaning,
    }
    used = {
        title: cell for title, cell in columns.items() if any(cell(case) for case in chapter.cases)
    }
    yield f"| {' | '.join(used)} |"
    yield "|---" * len(used) + "|"
    for case in chapter.cases:
        yield f"| {' | '.join(cell(case) for cell in used.values())} |"
    yield ""


def _meaning(case: Case) -> str:
    if case.refused:
        return f"refused: {_reason(case)}"
    stream = "" if case.stream == "main" else f", for the stream {case.stream}"
    if case.forgets_mood and not case.means:
        return "no mood from now on"
    if case.state is not None and not (case.means or case.vad):
        return f"the state {case.state}" if case.state else "the state ends"
    then = f" for {case.hold:g} s, then {case.then}" if case.then else ""
    if case.vad is not None:
        axes = zip(("valence", "arousal", "dominance"), case.vad, strict=True)
        point = ", ".join(f"{n} {'estimated' if a is None else f'{a:g}'}" for n, a in axes)
        return point + then + stream
    means = case.means or {}
    state = f", in the state {case.state}" if case.state else ""
    named = ", ".join(f"{name} {strength:g}" for name, strength in means.items())
    mood = ", and no mood from now on" if case.forgets_mood else ""
    return named + then + state + mood + stream


def _reason(case: Case) -> str:
    """What the log says."""
    try:
        reader_for(case.settings).read(case.sent).update()
    except UpdateError as refusal:
        return str(refusal).replace("|", "\\|").replace("<", "&lt;")
    raise AssertionError(f"{case.sent} is understood")


def _script(script: Script) -> str:
    sent = " · ".join(_code(" ".join(map(_argument, message))) for message in script.sent)
    settings = f" {_settings(script.settings)}" if script.settings else ""
    return f"| {script.origin}{settings} | {sent} | {script.like} |"


def _argument(argument: object) -> str:
    if argument is None:
        return "N"
    if isinstance(argument, bool):
        return "T" if argument else "F"
    return str(argument)


def _settings(settings: dict[str, Any]) -> str:
    return ", ".join(
        _code(f"{name}: {yaml.safe_dump(value, default_flow_style=True, width=1000).strip()}")
        for name, value in settings.items()
    )


def _code(text: str) -> str:
    """Text as code in a table, with escapes for what cannot be seen."""
    shown = "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text
    )
    quotes = "``" if "`" in shown else "`"
    return f"{quotes}{shown}{quotes}".replace("|", "\\|")


def _names() -> Iterator[str]:
    names = yaml.safe_load((FOLDER / "names.yaml").read_text(encoding="utf-8"))
    yield from ("| labels of | names |", "|---|---|")
    for label_set, words in names["label_sets"].items():
        yield f"| {label_set} | {words} |"
    yield f"| Hume | {names['hume']} |"
    yield from ("", "These names are understood in other languages too:", "")
    yield from ("| English | other languages |", "|---|---|")
    for emotion in emotions():
        if emotion.translations:
            yield f"| {emotion.name} | {', '.join(emotion.translations)} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
