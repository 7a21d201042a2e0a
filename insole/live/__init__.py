"""A session while it runs: from events to the board, the file and other programs."""
