"""The one error of places by name."""


class PlacesError(Exception):
    """The names of places are not here. The message is one line: what, and the remedy."""
