"""Numbers in words and digits: counts, and days and months in digits."""
