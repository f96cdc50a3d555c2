"""Commands that look after collections."""
