"""What can be wrong with a collection. Every message is one line with the remedy."""


class CollectionError(Exception):
    """The collection is missing, damaged, or of another kind than asked for."""


class CollectionBusy(CollectionError):  # noqa: N818 - reads as what it says
    """Another process is writing."""
