"""The life of a running bridge: start, reload, signals, status line, stop."""
