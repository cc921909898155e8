"""The systemd service: its unit, checks before it is installed, and notifications to systemd."""
