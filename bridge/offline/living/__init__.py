"""How a living face moves: statistics of half an hour and a picture of a minute, for its page."""
