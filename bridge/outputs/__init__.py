"""Where faces go: one file per transport, one line per dialect."""
