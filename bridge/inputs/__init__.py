"""The sources of feelings, one file for each kind. A source posts updates to its mailbox."""
