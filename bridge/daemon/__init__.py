"""A running bridge: start, reload, signals, status line, stop."""
