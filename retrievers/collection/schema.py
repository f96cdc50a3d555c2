"""The tables of a collection, as the newest format has them."""

from importlib.resources import files


def schema() -> str:
    """Return the statements that make the tables."""
    return files("retrievers.collection").joinpath("schema.sql").read_text(encoding="utf-8")
