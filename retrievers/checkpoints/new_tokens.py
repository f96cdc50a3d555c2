"""Tokens that an adapter adds to its base's vocabulary; their rows are trained and kept by peft."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

FILE = "new_tokens.json"


def add_tokens(model: Any, tokenizer: Any, tokens: Sequence[str]) -> list[int]:
    """Add tokens to a tokenizer, with room in the model for their rows; returns their ids.

    A checkpoint with spare rows keeps its size.
    """
    tokenizer.add_tokens(list(tokens), special_tokens=True)
    if len(tokenizer) > model.get_input_embeddings().weight.shape[0]:
        model.resize_token_embeddings(len(tokenizer), mean_resizing=False)
    return [int(one) for one in tokenizer.convert_tokens_to_ids(list(tokens))]


def save_tokens(folder: Path, tokens: Sequence[str]) -> None:
    """Write which tokens an adapter adds."""
    (folder / FILE).write_text(json.dumps(list(tokens)) + "\n", encoding="utf-8")


def saved_tokens(folder: Path) -> list[str]:
    """Return which tokens an adapter adds; mostly none."""
    path = folder / FILE
    return list(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else []
