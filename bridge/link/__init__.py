"""The connection between the bridge and a process of its own."""
