"""Certificates and keys that can be used, and those that cannot."""

import os
import shutil
import ssl
import subprocess
import sys
from pathlib import Path

import pytest

from bridge.config.inputs import MqttSection
from bridge.secrets.tls import tls_context
from bridge.supervision.supervised import Unavailable


def context(**files: Path) -> ssl.SSLContext:
    return tls_context(MqttSection.model_validate({"from": "mqtts://127.0.0.1/a/+", **files}))


def refusal(**files: Path) -> str:
    with pytest.raises(Unavailable) as refused:
        context(**files)
    assert refused.value.hopeless
    return str(refused.value)


@pytest.fixture
def garbage(tmp_path: Path) -> Path:
    path = tmp_path / "garbage.pem"
    path.write_text("-----BEGIN CERTIFICATE-----\nnot base64!\n-----END CERTIFICATE-----\n")
    return path


def test_a_broker_is_checked_against_its_name_and_a_certificate(certificate):
    pem, key = certificate
    for made in (context(), context(tls_ca=pem, tls_certificate=pem, tls_key=key)):
        assert made.verify_mode is ssl.CERT_REQUIRED
        assert made.check_hostname


def test_a_bad_file_is_named_with_its_setting(certificate, garbage):
    pem, key = certificate
    assert refusal(tls_ca=garbage).startswith(f"tls_ca {garbage}: expected certificates (PEM)")
    assert refusal(tls_certificate=garbage, tls_key=key).startswith(f"tls_certificate {garbage}: ")
    assert refusal(tls_certificate=pem, tls_key=garbage).startswith(f"tls_key {garbage}: ")
    assert refusal(tls_certificate=pem).startswith(f"tls_certificate {pem}: expected a private key")


def test_an_empty_file_and_a_missing_one_are_named(certificate, tmp_path):
    pem, _ = certificate
    empty, missing = tmp_path / "empty.pem", tmp_path / "missing.pem"
    empty.touch()
    assert f"tls_ca {empty}: " in refusal(tls_ca=empty)
    assert f"tls_ca {missing}: it cannot be read (No such file" in refusal(tls_ca=missing)
    assert f"tls_certificate {missing}: it cannot" in refusal(tls_certificate=missing, tls_key=pem)


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="this user may read every file"
)
def test_a_file_that_must_not_be_read_is_named(certificate):
    pem, _ = certificate
    pem.chmod(0)
    assert f"tls_ca {pem}: it cannot be read (Permission denied)" in refusal(tls_ca=pem)


def test_the_key_of_another_certificate_and_one_with_a_password_are_named(certificate, tmp_path):
    pem, key = certificate
    openssl = shutil.which("openssl")
    other, locked = tmp_path / "other.pem", tmp_path / "locked.pem"
    for command in (
        f"{openssl} genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out {other}",
        f"{openssl} ec -in {key} -aes256 -passout pass:secret -out {locked}",
    ):
        subprocess.run(command.split(), check=True, capture_output=True)
    assert "does not belong to the certificate" in refusal(tls_certificate=pem, tls_key=other)
    assert "without a password" in refusal(tls_certificate=pem, tls_key=locked)
