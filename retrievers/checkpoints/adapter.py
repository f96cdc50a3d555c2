"""A trained adapter on disk: a folder with weights in safetensors and one JSON file of facts.

`adapter.json` says what kind it is and what it stands on, in words that hold on any machine;
`local.json`, which is never sent, where on this one that lies. A run folder of `dialens finetune`
holds it as `adapter/`; both paths name it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retrievers.checkpoints.portable_names import (
    absolute,
    is_here,
    placeless,
    portable,
    to_be_filled,
)
from retrievers.files.regular_file import read_regular
from retrievers.loading.local_weights import content_hash

LARGEST = 10_000_000  # bytes of facts
FACTS = "adapter.json"
LOCAL = "local.json"
MODELS = ("base", "spec")
"""Facts that name a model: the one that was trained further, and the pictures' encoder."""
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
        return content_hash(one for one in self.matter if one.suffix != ".md")

    @property
    def matter(self) -> Sequence[Path]:
        """Its files, but for what is true on this machine only."""
        kinds = (".json", ".safetensors", ".md")
        files = (one for one in self.folder.iterdir() if one.suffix in kinds and one.name != LOCAL)
        return sorted(files)

    def fact(self, name: str) -> Any:
        """Return one of the facts.

        Raises:
            AdapterError: it is not there, or names a model that lies on another machine.
        """
        if name not in self.facts:
            raise AdapterError(f"{self.folder / FACTS} has no {name!r}; train the adapter again")
        if name in MODELS and placeless(found := str(self.facts[name])):
            line = json.dumps({name: to_be_filled(found)})
            raise AdapterError(
                f"{self.folder} stands on {found!r}, which lay on the machine that trained it; get"
                f" that model, and write where it is into {self.folder / LOCAL}: {line}"
            )
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
        facts = json.loads(read_regular(folder / FACTS, LARGEST))
        return Adapter(folder, str(facts["kind"]), {**facts, **_here(folder)})
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise AdapterError(
            f"{folder / FACTS} cannot be read ({error!r}); train the adapter again"
        ) from error


def write_adapter(folder: Path, kind: str, **facts: Any) -> Adapter:
    """Write the facts of an adapter whose weights are, or will be, in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    named = {name: str(facts[name]) for name in MODELS if name in facts}
    here = {name: absolute(spec) for name, spec in named.items() if is_here(spec)}
    told = {name: portable(spec) for name, spec in named.items()}
    _write(folder / FACTS, {"kind": kind, **facts, **told})
    if here:
        _write(folder / LOCAL, here)
    return Adapter(folder, kind, {"kind": kind, **facts, **told, **here})


def _here(folder: Path) -> dict[str, str]:
    """Return where models lie on this machine, so far as they still do."""
    try:
        told = json.loads(read_regular(folder / LOCAL, LARGEST))
    except FileNotFoundError:
        return {}
    places = {name: str(told[name]) for name in MODELS if name in told}
    return {name: absolute(spec) for name, spec in places.items() if is_here(spec)}


def _write(path: Path, facts: Mapping[str, Any]) -> None:
    text = json.dumps(facts, indent=2, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")
