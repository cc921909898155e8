"""The systemd unit: writing it, checking it, and telling systemd how the bridge is."""
