"""Where feelings come from: one file per source. Each posts updates to its mailbox, and nothing
else of the program knows it."""
