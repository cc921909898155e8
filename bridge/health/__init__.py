"""The state of the bridge, over HTTP on this machine."""
