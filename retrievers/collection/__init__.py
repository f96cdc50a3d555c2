"""A collection on disk: SQLite holds the records and is the truth, vectors lie beside it."""
