"""A served model: the connection to it, its key, and what a reply of it may be."""
