"""A trained adapter on disk: a folder with weights in safetensors and one JSON file of facts.

`adapter.json` says what kind it is and what it stands on. A run folder of `dialens finetune` holds
it as `adapter/`; both paths name it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retrievers.encoders.local_weights import content_hash

FACTS = "adapter.json"
BELOW = "adapter"


class AdapterError(ValueError):
    """An adapter is missing, damaged or of another kind. One line: which, why, the remedy."""


@dataclass(frozen=True, slots=True)
class Adapter:
    """One trained adapter.

    Attributes:
        folder: that holds it.
        kind: what it is, such as `dialogue`, `text-map`, `dual-encoder`, `grace`, `llm`, `blip2`.
        facts: what its kind needs to be opened, such as `base`, the model it stands on.
    """

    folder: Path
    kind: str
    facts: Mapping[str, Any]

    @property
    def mark(self) -> str:
        """Twelve digits that tell its content from any other's; its card is not part of it."""
        matter = (".json", ".safetensors")
        return content_hash(sorted(one for one in self.folder.iterdir() if one.suffix in matter))

    def fact(self, name: str) -> Any:
        """Return one of the facts.

        Raises:
            AdapterError: it is not there.
        """
        if name not in self.facts:
            raise AdapterError(f"{self.folder / FACTS} has no {name!r}; train the adapter again")
        return self.facts[name]


def read_adapter(path: Path) -> Adapter:
    """Read an adapter's facts; the path is its own or its run's.

    Raises:
        AdapterError: there is none, or its facts cannot be read.
    """
    folder = next((one for one in (path, path / BELOW) if (one / FACTS).is_file()), None)
    if folder is None:
        raise AdapterError(
            f"{str(path)!r} holds no {FACTS}; name a folder that `dialens finetune` wrote"
        )
    try:
        facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
        return Adapter(folder, str(facts["kind"]), facts)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise AdapterError(
            f"{folder / FACTS} cannot be read ({error!r}); train the adapter again"
        ) from error


def write_adapter(folder: Path, kind: str, **facts: Any) -> Adapter:
    """Write the facts of an adapter whose weights are, or will be, in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    whole = {"kind": kind, **facts}
    text = json.dumps(whole, indent=2, ensure_ascii=False)
    (folder / FACTS).write_text(text + "\n", encoding="utf-8")
    return Adapter(folder, kind, whole)
