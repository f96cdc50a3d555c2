"""Times that come again: days of the week, times of day, seasons and days of any year."""
