"""Indexing and migrations in the background, and requests that are sent again."""
