"""What the calendar says: months and days by name, stretches of days, seasons and feasts."""
