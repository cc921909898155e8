"""Which model it is."""

import hashlib

from bridge.model.identity import BUILTIN, SHIPPED_VERSION, identity

VERSIONS = {"2": "de2bec42d25f2975869abc48218779d9e07f853374200d6d4592817e6935a9c8"}
"""The hash of every version that was published. One that is here is never changed."""


def test_another_shipped_model_has_another_version():
    assert identity() == ("shipped", SHIPPED_VERSION, VERSIONS[SHIPPED_VERSION])


def test_another_file_has_its_name_and_hash(tmp_path):
    path = tmp_path / "mine.safetensors"
    path.write_bytes(b"weights")
    found = identity(path)
    assert found == ("mine.safetensors", "", hashlib.sha256(b"weights").hexdigest())
    assert str(found) == f"mine.safetensors, sha256 {found.sha256}"


def test_the_hash_is_that_of_the_whole_file():
    assert identity().sha256 == hashlib.sha256(BUILTIN.read_bytes()).hexdigest()
