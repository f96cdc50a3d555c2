"""How single-tower embedders were trained to be asked, where their checkpoint does not say it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Role = Literal["query", "document", "picture"]

PROMPT_NAMES: Mapping[Role, Sequence[str]] = {
    "query": ("query", "Retrieval-query", "SearchQuery"),
    "document": ("document", "passage", "corpus", "Retrieval-document", "Document"),
    "picture": ("picture", "image"),
}
"""What checkpoints call the prompt of a role; the first one that says something is taken."""


@dataclass(frozen=True, slots=True)
class EmbedderFamily:
    """One model type.

    Attributes:
        query: goes before a text that is searched for, alone or with a picture.
        document: before a text that is stored.
        picture: before a picture.
        turn: these are a turn of their own, the system's, and end in punctuation.
        budget: what bounds how much of a picture is looked at.
        sizes: of vectors that it was trained to be cut to, besides its own.
    """

    query: str = ""
    document: str = ""
    picture: str = ""
    turn: bool = False
    budget: Literal["", "pixels", "tokens"] = ""
    sizes: Sequence[int] = ()

    def prompt(self, role: Role, checkpoint: Mapping[str, str]) -> str:
        """Return the checkpoint's own prompt of a role, else the family's."""
        own = next((checkpoint[one] for one in PROMPT_NAMES[role] if checkpoint.get(one)), "")
        usual = {"query": self.query, "document": self.document, "picture": self.picture}
        return own or usual[role]

    def finished(self, prompt: str) -> str:
        """Return a prompt as training wrote it."""
        said = prompt.strip() if self.turn else prompt
        return f"{said}." if self.turn and said and said[-1].isalnum() else said


QWEN = EmbedderFamily(  # arXiv:2601.04720
    query="Retrieve images or text relevant to the user's query.",
    document="Represent the user's input.",
    picture="Represent the user's input.",
    turn=True,
    budget="pixels",
    sizes=(1024, 512, 256, 128, 64),
)
GEMMA = EmbedderFamily(
    query="task: search result | query: ",
    document="title: none | text: ",
    budget="tokens",
    sizes=(512, 256, 128),
)
FAMILIES: Mapping[str, EmbedderFamily] = {"embedding_gemma2": GEMMA, "qwen3_vl": QWEN}
"""By the type in a checkpoint's configuration; another type has its checkpoint's prompts alone."""
