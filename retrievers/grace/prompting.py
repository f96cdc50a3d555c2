"""What is read before an identifier is written: a caption, or a picture as one soft token."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from retrievers.grace.identifiers import Vector
from retrievers.grace.network import Prompts

LONGEST = 64  # tokens of a query that are read
END = "\n"  # of what is asked; every token more would cost time


@dataclass(frozen=True, slots=True)
class IdentifierPrompts:
    """Makes prompts by a base's tokenizer.

    Attributes:
        dim: length of a picture's vector.
    """

    tokenizer: Any
    dim: int

    def tokenise(self, text: str) -> list[int]:
        ids: list[int] = self.tokenizer(text, add_special_tokens=False).input_ids
        return ids

    def of(self, query: Sequence[str | Vector]) -> Prompts:
        """Return the prompts of texts and pictures, padded on the left."""
        written = [self._ids(one) for one in query]
        longest = max(len(ids) for ids, _ in written)
        ids = torch.full((len(query), longest), self.tokenizer.pad_token_id)
        mask = torch.zeros_like(ids)
        soft = torch.zeros_like(ids, dtype=torch.bool)
        for at, (one, picture) in enumerate(written):
            ids[at, longest - len(one) :] = torch.tensor(one)
            mask[at, longest - len(one) :] = 1
            if picture is not None:
                soft[at, longest - len(one) + picture] = True
        none = np.zeros(self.dim, dtype=np.float32)
        vectors = np.stack([none if isinstance(one, str) else one for one in query])
        return Prompts(ids, mask, torch.from_numpy(vectors), soft)

    def _ids(self, query: str | Vector) -> tuple[list[int], int | None]:
        """Return the tokens, and which of them the picture takes the place of."""
        if isinstance(query, str):
            return [*self.tokenise(f" {query}")[:LONGEST], *self.tokenise(END)], None
        return [self.tokenizer.pad_token_id, *self.tokenise(END)], 0
