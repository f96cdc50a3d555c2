"""The files of a collection: records in SQLite, vectors in a mapped file, and their lock."""
