"""The connection between the bridge and its web process."""
