"""Placeholder."""

from agent.acts import NewSearch, Refine
from agent.interpretation import Context, Interpretation


def interpret(said: str, context: Context) -> Interpretation:
    """Read an utterance."""
    act = Refine(said) if context.asked else NewSearch(said)
    return Interpretation((act,), said)
