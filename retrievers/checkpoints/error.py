"""The one error that opening a checkpoint or an adapter ends with."""


class CheckpointError(Exception):
    """A checkpoint or its adapter cannot be loaded. One line: which, why, and the remedy."""
