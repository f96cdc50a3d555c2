"""The exact name of transformers' weights, read from their files: nothing here needs torch."""

import json
from contextlib import suppress
from pathlib import Path

from retrievers.loading.local_weights import find_snapshot


def weights_name(which: str) -> str:
    """Return the name that `load_transformers` gives to a `FOLDER` or `ORG/NAME[@REVISION]`.

    Raises:
        EncoderError: it is not there.
    """
    return named(*find_snapshot(which))


def named(folder: Path, mark: str) -> str:
    """Return the name of a snapshot: the hub's commit, or the model type with a hash."""
    kind = ""
    if mark.startswith("#"):
        with suppress(OSError, ValueError, AttributeError):
            kind = json.loads((folder / "config.json").read_text("utf-8")).get("model_type", "")
    return f"transformers:{kind}{mark}"
