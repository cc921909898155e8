"""The HTTP interface. It is a process of its own, which the bridge starts and ends."""
