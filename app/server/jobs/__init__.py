"""Indexing in the background: one job at a time, and requests that are sent again."""
