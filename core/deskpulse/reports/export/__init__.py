"""Every response as CSV or JSON Lines, however many there are."""
