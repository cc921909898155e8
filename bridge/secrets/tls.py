"""The TLS context of a connection to a broker or a server."""

import ssl
from pathlib import Path
from typing import Protocol

from bridge.supervision.supervised import Unavailable


class TlsFiles(Protocol):
    """The settings that name files in PEM."""

    @property
    def tls_ca(self) -> Path | None:
        """Trusted certificates; None for the system's."""
        ...

    @property
    def tls_certificate(self) -> Path | None:
        """The client's certificate; None for a client without one."""
        ...

    @property
    def tls_key(self) -> Path | None:
        """The key of the client's certificate; None if it is in the same file."""
        ...


def tls_context(settings: TlsFiles) -> ssl.SSLContext:
    """The context of a client. Reads files, so it does not belong on the event loop.

    Raises:
        Unavailable: a file cannot be used. The message names its setting and its path.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if settings.tls_ca is None:
        context.load_default_certs()
    else:
        try:
            context.load_verify_locations(settings.tls_ca)
        except OSError as problem:
            raise _unusable("tls_ca", settings.tls_ca, "certificates", problem) from problem
    if settings.tls_certificate is not None:
        _load_certificate(context, settings.tls_certificate, settings.tls_key)
    return context


def _load_certificate(context: ssl.SSLContext, certificate: Path, key: Path | None) -> None:
    try:
        # OpenSSL would ask for a missing password on the terminal, and block.
        context.load_cert_chain(certificate, key, password="")
    except OSError as problem:
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(certificate)
        except OSError as found:
            raise _unusable("tls_certificate", certificate, "a certificate", found) from problem
        if isinstance(problem, ssl.SSLError) and problem.reason == "KEY_VALUES_MISMATCH":
            raise Unavailable(
                f"the key in tls_key {key} does not belong to the certificate in tls_certificate "
                f"{certificate}",
                hopeless=True,
            ) from problem
        name, path = ("tls_certificate", certificate) if key is None else ("tls_key", key)
        raise _unusable(name, path, "a private key without a password", problem) from problem


def _unusable(setting: str, path: Path, expected: str, problem: OSError) -> Unavailable:
    if isinstance(problem, ssl.SSLError):
        why = f"expected {expected} (PEM)"
    else:
        why = f"it cannot be read ({problem.strerror or problem})"
    return Unavailable(f"{setting} {path}: {why}", hopeless=True)
