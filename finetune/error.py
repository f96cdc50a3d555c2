"""The one error that fine-tuning ends with when its user can do something about it."""


class FinetuneError(ValueError):
    """One line: which file or setting, what is wrong with it, and the remedy."""
