"""A picture file before it is decoded: its bytes, its kind, and why it cannot be read."""
