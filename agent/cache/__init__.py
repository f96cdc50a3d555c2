"""Answers of models that were paid for once, each in one SQLite file."""
