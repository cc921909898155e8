"""Settings of standard input, in each of its forms."""

import importlib.util
import sys
from typing import ClassVar, Literal

from pydantic import Field, field_validator

from bridge.config.input_section import InputSection, MessageSection
from bridge.config.section import Hold, Number, OnReload, Seconds
from bridge.config.stream_name import StreamName
from bridge.emotion.streams import MAIN_STREAM
from bridge.emotion.tags import DIALECTS, Dialect
from bridge.emotion.words import HOLD


class StandardInputSection(InputSection):
    """What every input has that reads standard input. There is one of them at most."""

    reloaded: ClassVar = OnReload.AT_ONCE  # a thread that waits in a read cannot be stopped
    reloaded_otherwise: ClassVar = {"from_": OnReload.RESTART}

    hold_at_end: Seconds = Field(
        2.0,
        description="Seconds until the last update expires after standard input has closed, when "
        "its hold is forever and there is no other input except demo.",
    )

    def exclusive_claim(self) -> str:
        return "input stdin"


class StdinSection(StandardInputSection, MessageSection):
    """Standard input, `stdin`: one update a line. Only a restart adds or removes it.

    When standard input closes and no other input is configured, except `demo`, the bridge stops
    once the last update has expired. If standard input is /dev/null, as in a service or a
    container, and there is a `demo`, the bridge plays the demo until it is stopped.
    """

    reloaded: ClassVar = StandardInputSection.reloaded
    reloaded_otherwise: ClassVar = StandardInputSection.reloaded_otherwise


def _words_can_be_read(needed_by: str) -> None:
    if importlib.util.find_spec("vaderSentiment") is None:
        raise ValueError(
            f"{needed_by} needs vaderSentiment, which is not installed; run: "
            f"{sys.executable} -m pip install vaderSentiment"
        )


class ChatSection(StandardInputSection):
    """The text of a chatbot on standard input, `stdin:chat`. The same text without its tags leaves
    on standard output at once, so that a program that speaks can follow:
    `chatbot | affect-bridge run --from stdin:chat | speech`. The text is UTF-8, and may come a
    character at a time. Only a restart adds or removes this input. It ends as `stdin` does.
    """

    stream: StreamName = Field(MAIN_STREAM, description="The stream that shows the emotions.")
    tags: list[Dialect] = Field(
        [*DIALECTS],
        max_length=len(DIALECTS),
        description="The kinds of tags that are taken out of the text and shown: brackets as in "
        "`[joy]`, parentheses as in `(happy)`, braces as in `{happy 8.5}`, actions as in "
        '`*smiles*`, elements as in <face name="joy"/>, double_angles as in <<apologetic>>, and '
        "control: words in angle brackets and bars, as speech recognisers write them.",
    )
    pace: Literal["text", "speech"] = Field(
        "text",
        description="When a tag shows. text: as soon as it is read. speech: when the voice reaches "
        "the words after it. A speaker says how far it is with the cue `spoken`; without it, "
        "`words_a_minute` stands in.",
    )
    untagged: Literal["ignore", "read"] = Field(
        "ignore",
        description="What to do with sentences without a tag. read: show the feeling of their "
        f"English words, for at most {HOLD:g} seconds. A tag counts until the end of its "
        "line. It needs vaderSentiment: pip install '.[text]' where affect-bridge was installed "
        "from.",
    )
    words_a_minute: Number = Field(
        160.0,
        ge=10,
        le=1000,
        description="The speed of the voice with `pace: speech`, while nothing reports how far "
        "it is. A word counts as 6 characters.",
    )

    @field_validator("untagged")
    @classmethod
    def _is_installed(cls, value: str) -> str:
        if value == "read":
            _words_can_be_read("untagged: read")
        return value


class TextSection(StandardInputSection):
    """Text on standard input, `stdin:text`: lines or running text. The feeling of each sentence is
    read from its English words; a sentence that has none changes nothing. Only a restart adds or
    removes this input. It ends as `stdin` does. It needs vaderSentiment: `pip install '.[text]'`
    where affect-bridge was installed from.
    """

    hold: Hold = Field(
        HOLD,
        description="Seconds until the feeling of a sentence expires, or forever. The default is "
        "how long 20 words take to say.",
    )
    stream: StreamName = Field(MAIN_STREAM, description="The stream that shows the feelings.")

    @field_validator("from_")
    @classmethod
    def _is_installed(cls, value: str) -> str:
        _words_can_be_read("stdin:text")
        return value
