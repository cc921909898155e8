"""NATS subjects: what an input subscribes to, which token is the stream, where faces go."""

import re
from typing import NamedTuple
from urllib.parse import quote, unquote

STREAM = "{stream}"
_PLACEHOLDER = re.compile(r"\{\w+\}")
PARTITION = "{partition}"
_DIGITS = 4
_EXAMPLE = "game.*.npc.{stream}.set"
_NOT_IN_A_SUBJECT = re.compile(r"[\s\x00-\x1f\x7f]")
_LONGEST_SUBJECT = 1000
"""Bytes. A server closes the connection at a line of 4096."""


class SubjectFilter(NamedTuple):
    """A filter as the server knows it."""

    subscription: str
    stream_token: int | None
    """The token of a subject that is the name of the stream; None if none is."""
    partition_token: int | None = None
    """The token that is the number of the partition; None if none is."""

    @property
    def has_partitions(self) -> bool:
        """Whether a token is the number of the partition."""
        return self.partition_token is not None

    def partition_of(self, subject: str) -> str | None:
        """The partition of a subject that the filter matches: its number, or `all` if the filter
        has none; None for a token that is no number."""
        if self.partition_token is None:
            return "all"
        token = subject.split(".")[self.partition_token]
        return token if token.isascii() and token.isdigit() and len(token) <= _DIGITS else None

    def stream_of(self, subject: str) -> str | None:
        """The name of the stream in a subject that the filter matches; None if none is."""
        tokens = subject.split(".")
        if self.stream_token is None or len(tokens) <= self.stream_token:
            return None
        return unquote(tokens[self.stream_token], errors="replace")


def parse_subject_filter(text: str) -> SubjectFilter:
    """Read a filter in which a token may be `{stream}`, and others may have names too.

    Without `{stream}` the only `*` is the stream.

    Raises:
        ValueError: it is not a filter, or does not say which of several tokens is the stream.
    """
    tokens = _tokens(text)
    for token in tokens:
        if len(token) > 1 and set(token) & set("*>{}") and not _PLACEHOLDER.fullmatch(token):
            raise ValueError(
                f"{text}: *, > and a name such as {STREAM} must each be a whole token of the "
                "subject"
            )
    if ">" in tokens[:-1]:
        raise ValueError(f"{text}: > must be the last token")
    if tokens.count(STREAM) > 1:
        raise ValueError(f"{text}: only one token can be {STREAM}")
    if STREAM not in tokens and tokens.count("*") > 1:
        raise ValueError(
            f"{text}: more than one *; say which token is the stream, as in {_EXAMPLE}"
        )
    names_stream = STREAM if STREAM in tokens else "*"
    place = tokens.index(names_stream) if names_stream in tokens else None
    subscription = ".".join("*" if _PLACEHOLDER.fullmatch(token) else token for token in tokens)
    partition = tokens.index(PARTITION) if PARTITION in tokens else None
    return SubjectFilter(subscription, place, partition)


def check_subject(text: str) -> None:
    """Refuse a subject that no server accepts for a message.

    Raises:
        ValueError: what is wrong.
    """
    tokens = _tokens(text)
    rest = text.replace(STREAM, "")
    if ">" in rest or "*" in rest:
        raise ValueError(
            f"{text}: * and > are for subscriptions; to publish, write {STREAM} where the name of "
            "the stream goes"
        )
    if set(rest) & set("{}"):
        raise ValueError(f"{text}: the only name in braces is {STREAM}")
    if tokens[0].startswith("$"):
        raise ValueError(f"{text}: subjects that start with $ are reserved for the server")


def subject_for(template: str, stream: str) -> str:
    """The subject for the faces of a stream. In a name, `.`, `*`, `>` and `%` are written as in a
    URL, because they mean something else in a subject."""
    return template.replace(STREAM, escaped(stream))


def escaped(stream: str) -> str:
    """The name of a stream as one token of a subject."""
    return "".join(f"%{ord(sign):02X}" if sign in ".*>%" else sign for sign in stream)


def stored_key(stream: str) -> str:
    """The name of a stream as one token of a key in a bucket, in the letters that keys may have."""
    plain = quote(stream, safe="").replace(".", "%2E").replace("~", "%7E")
    return plain.replace("=", "%3D").replace("%", "=")


def _tokens(text: str) -> list[str]:
    if _NOT_IN_A_SUBJECT.search(text) or "\N{REPLACEMENT CHARACTER}" in text:
        raise ValueError(f"{text!r}: expected a subject in UTF-8 without spaces")
    if len(text.encode()) > _LONGEST_SUBJECT:
        raise ValueError(f"a subject has at most {_LONGEST_SUBJECT} bytes in UTF-8")
    tokens = text.split(".")
    if not all(tokens):
        raise ValueError(f"{text}: expected a subject of tokens with dots between them")
    return tokens
