"""Files of what came in and went out: recordings, tables of feelings, and takes of a face."""
