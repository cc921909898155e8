"""Wire formats: faces to datagrams, and datagrams to values.

No sockets, clocks, asyncio or configuration, and no import of `bridge`. Each dialect has an
encoder, whose `encode(face)` returns the datagrams of one frame, and a decoder, whose only error is
`DecodeError`.
"""
