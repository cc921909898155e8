"""Addresses of inputs and outputs. YAML and the command line use the same form:

scheme://user@host:port/path?option=value
"""

import difflib
import ipaddress
import re
from collections.abc import Collection
from typing import Any, NamedTuple
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from bridge.config.yaml_file import YamlFileError, read_value

WITHOUT_PLACE = frozenset({"stdin", "stdin:chat", "stdin:text", "demo"})
"""The schemes that are a whole address."""

_WITH_USER = frozenset({"mqtt", "mqtts", "ws", "wss", "nats", "tls"})
_NOT_IN_A_HOST = set(" *{}")
_MOST_OPTIONS = 64


class Address(NamedTuple):
    """The parts of an address. Options after `?` are settings and are not part of it."""

    scheme: str
    host: str = ""
    port: int = 0
    path: str = ""
    """Without its leading slash."""
    username: str | None = None

    @property
    def place(self) -> str:
        """As `host_and_port` writes it."""
        return host_and_port(self.host, self.port)


class Endpoint(NamedTuple):
    """Where something listens: a host and a port."""

    host: str
    port: int


def host_and_port(host: str, port: int) -> str:
    """`host:port`, with brackets around an IPv6 host."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def is_loopback(host: str) -> bool:
    """Whether a host, as a name or an address without brackets, can only be this machine."""
    if host.casefold() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def parse_address(text: str, schemes: Collection[str], default_port: int | None = None) -> Address:
    """Parse an address.

    Args:
        schemes: the schemes that are allowed here.
        default_port: the port to use when the address has none; None requires a port.

    Raises:
        ValueError: what is wrong and what was expected.
    """
    refuse_password(text)
    scheme = check_scheme(text, schemes)
    if scheme in WITHOUT_PLACE:
        if text.strip().lower() != scheme:
            forms = [scheme, *(other for other in schemes if other.startswith(f"{scheme}:"))]
            raise ValueError(f"{text}: {scheme} has no address; write just {' or '.join(forms)}")
        return Address(scheme)
    if text.strip().lower() == scheme and default_port is not None:
        return Address(scheme, "127.0.0.1", default_port)
    if "://" not in text:
        raise ValueError(
            f"{_shown(text)}: expected a host and port, as in {scheme}://127.0.0.1:9000"
        )
    if _is_bare_ipv6(text):
        raise ValueError(
            f"{_shown(text)}: put an IPv6 host in brackets, as in {scheme}://[::1]:9000"
        )
    try:
        parts = urlsplit(text)
    except ValueError:  # brackets that hold no IPv6 address, for example
        raise ValueError(
            f"{_shown(text)}: expected a host, as in {scheme}://127.0.0.1:9000 or "
            f"{scheme}://[::1]:9000"
        ) from None
    username = unquote(parts.username) if parts.username else None
    if username is not None and scheme not in _WITH_USER:
        raise ValueError(f"{_shown(text)}: {scheme} has no user names; start with the host")
    # In MQTT, # is a wildcard, not the start of a fragment.
    path = parts.path + ("#" + parts.fragment if "#" in text else "")
    return Address(
        scheme,
        _host(text, parts),
        _port(text, parts, default_port),
        unquote(path.removeprefix("/")),
        username,
    )


def _host(text: str, parts: SplitResult) -> str:
    host = parts.hostname or "127.0.0.1"
    bad = [c for c in host if c in _NOT_IN_A_HOST or not c.isprintable()]
    if bad:
        raise ValueError(f"{_shown(text)}: a host cannot contain {bad[0]!r}")
    return host


def _port(text: str, parts: SplitResult, default: int | None) -> int:
    try:
        port = parts.port if parts.port is not None else default
    except ValueError:
        port = None
    if not port:
        raise ValueError(
            f"{_shown(text)}: expected a port from 1 to 65535, as in {parts.scheme}://host:9000"
        )
    return port


def _is_bare_ipv6(text: str) -> bool:
    place = re.split("[/?#]", text.partition("://")[2], maxsplit=1)[0]
    return place.count(":") > 1 and "[" not in place


def refuse_password(text: str) -> None:
    """Refuse an address that contains a password. The message does not repeat the password.

    Raises:
        ValueError: the address contains a password.
    """
    userinfo, at, _ = text.partition("://")[2].partition("/")[0].rpartition("@")
    if at and ":" in userinfo:
        raise ValueError(
            "everybody on this machine can read a password in an address; "
            "use password_env or password_file"
        )


def _shown(text: str) -> str:
    """An address for a message, without the part that may be a password."""
    return re.sub(r"://.*@", "://…@", text)


def check_scheme(text: str, schemes: Collection[str]) -> str:
    """The scheme of an address.

    Raises:
        ValueError: it is not one of `schemes`. The message names the closest one.
    """
    scheme = scheme_of(text, schemes)
    if scheme not in schemes:
        near = difflib.get_close_matches(scheme, schemes, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        expected = f"{hint}Expected one of {', '.join(schemes)}"
        raise ValueError(f"{_shown(text)[:60]!r}: {expected[0].lower()}{expected[1:]}")
    return scheme


def scheme_of(text: str, schemes: Collection[str]) -> str:
    """What stands before the first colon, or all of an address such as `stdin:chat`, if that is
    one of `schemes`. In lower case; options are left out."""
    address = text.split("?", 1)[0].strip().lower()
    return address if address in schemes else address.split(":", 1)[0].strip()


def split_options(text: str) -> tuple[str, dict[str, Any]]:
    """An address without its `?name=value&…`, and these options as settings, read as YAML scalars.

    Raises:
        ValueError: a value is not YAML, or an option is given twice.
    """
    address, _, query = text.partition("?")
    try:
        given = parse_qsl(query, keep_blank_values=True, max_num_fields=_MOST_OPTIONS)
    except ValueError:
        raise ValueError(f"more than {_MOST_OPTIONS} options in one address") from None
    options: dict[str, Any] = {}
    for name, value in given:
        # Messages never show the value: it may be a password that does not belong here.
        if name in options:
            raise ValueError(f"?{name}: {name} is given twice")
        try:
            # `*` alone means every stream here; in YAML it would start an alias.
            options[name] = value if value in ("", "*") else read_value(value)
        except YamlFileError:
            raise ValueError(f"?{name}: expected options as name=value&name=value") from None
    return address, options
