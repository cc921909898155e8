"""Bytes and nothing else: faces into datagrams, datagrams into values.

No sockets, no clocks, no asyncio, no configuration; never imports `bridge`. Every dialect is an
encoder (`encode(face)` gives the datagrams of one frame) and a decoder that raises `DecodeError`
and nothing else.
"""
