"""Dates, times and stretches of time, as people write and say them."""
