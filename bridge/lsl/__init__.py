"""Lab Streaming Layer: what its input and its output share."""
