"""Makes the head that is shipped, `bridge/head/head.safetensors`, from CC0 data."""

from bridge.offline.head.asset import asset
from bridge.offline.head.build import pieces
from bridge.offline.head.source import read_source

__all__ = ["asset", "pieces", "read_source"]
