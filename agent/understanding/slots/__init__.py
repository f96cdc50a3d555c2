"""What the words of a span say, in nine languages: each kind of span has a module.

The tagger says what a span is for; it is read here, or None says that it can't be. Languages are
text files of words and their English; what is read is the English.
"""

from agent.understanding.slots.conditions import condition
from agent.understanding.slots.counts import count, steps
from agent.understanding.slots.dates import doubt
from agent.understanding.slots.forms import form
from agent.understanding.slots.names import name
from agent.understanding.slots.orders import ordering
from agent.understanding.slots.pictures import pictures

__all__ = [
    "condition",
    "count",
    "doubt",
    "form",
    "name",
    "ordering",
    "pictures",
    "steps",
]
