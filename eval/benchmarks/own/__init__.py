"""A user's own pictures as a benchmark, with captions in any common form."""
