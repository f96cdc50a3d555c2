"""What a span of words can be for: shared by the network, its training and who reads its tags."""

DESCRIPTIONS = ("want", "refuse", "new", "old", "drop", "keep", "undo_to", "widen")
CONDITIONS = ("date", "shape", "folder", "camera", "type", "tag", "place")
REFUSED = tuple(f"not_{kind}" for kind in CONDITIONS)
MEASURES = ("rating", "size")
PICTURES = ("like", "unlike", "pick", "count")
COMMANDS = ("more", "back", "first", "undo", "redo", "over", "help", "save", "export", "why")
QUESTIONS = ("ask_count", "ask_when", "ask_where", "ask_what", "ask_who", "ask_other")
NAMES = ("name", "form", "order")

SPANS = (
    *DESCRIPTIONS,
    *CONDITIONS,
    *REFUSED,
    *MEASURES,
    *PICTURES,
    *COMMANDS,
    *QUESTIONS,
    *NAMES,
)
"""Every kind of span; docs/dialogues.md says each in a line."""
TAGS = ("O", *(f"{part}-{kind}" for kind in SPANS for part in "BI"))
"""A token is outside, at the beginning or inside of a span."""
