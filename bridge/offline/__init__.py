"""Work that the running daemon never does: training, evaluation, portraits."""
