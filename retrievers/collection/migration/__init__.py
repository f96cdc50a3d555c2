"""A collection moves to another encoder while it is searched; see `migrate`."""
