"""Which form of a document is meant: a page for the browser, or plain text."""

from agent.understanding.acts import Form
from agent.understanding.slots.languages.translation import translations

_FORMS: tuple[Form, ...] = ("html", "markdown")


def form(text: str) -> Form | None:
    """Return the form of a document that words name; None for one that can't be written."""
    for said in translations(text, "forms"):
        named = {word.text for word in said if word.known}
        if found := next((one for one in _FORMS if one in named and "other" not in named), None):
            return found
    return None
