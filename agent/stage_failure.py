"""What a stage that failed is told as: one line, in the result that was come to without it.

A search, a turn and a question go on without a stage, whatever it failed with; the log has where.
"""

import logging

LOG = logging.getLogger("dialens.stages")


def lost(stage: str, error: Exception) -> str:
    """Return the line for a stage and what it failed with."""
    LOG.info("%s failed", stage, exc_info=error)
    said = " ".join(str(error).split())
    if isinstance(error, LookupError):  # its words alone are a key
        said = f"{type(error).__name__} {said}"
    return f"{stage}: {said or type(error).__name__}"
