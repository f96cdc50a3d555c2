"""The tables of a collection, as the newest format has them, and as older ones had them."""

from importlib.resources import files


def schema() -> str:
    """Return the statements that make the tables."""
    return files("retrievers.collection.storage").joinpath("schema.sql").read_text(encoding="utf-8")


_OLDER = """
CREATE VIRTUAL TABLE words USING fts5 (
    names, caption, tags, text, tokenize = "porter unicode61 remove_diacritics 2"
);
"""
"""What no statement of the newest format says; columns that came later are only lacking."""


def known() -> str:
    """Return the statements that make all that a collection of any format may hold."""
    return f"{schema()};{_OLDER}"
