"""Single-tower embedders of sentence-transformers: one network for texts, pictures, and both.

Qwen3-VL-Embedding (arXiv:2601.04720) and EmbeddingGemma 2 among them. Which modules there are, how
tokens become one vector, and how a turn is written, is the checkpoint's own.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from PIL.Image import Image
from torch import Tensor

from retrievers.encoder import EncoderError, Vectors
from retrievers.encoders.embedding.checkpoint import Checkpoint, find_checkpoint, open_checkpoint
from retrievers.encoders.embedding.families import FAMILIES, EmbedderFamily, Role
from retrievers.encoders.embedding.spec import EmbeddingSpec, read_spec, written
from retrievers.encoders.embedding.tower import Tower
from retrievers.loading.device import choose_machine
from retrievers.loading.encoder_options import Options
from retrievers.loading.unit_rows import Item, UnitRows

ROLES: tuple[Role, ...] = ("query", "document", "picture")
PLAIN = EmbedderFamily()


def load_embedding(which: str, options: Options) -> "EmbeddingEncoder":
    """Load `FOLDER[?KEY=VALUE&…]` or `ORG/NAME[@REVISION][?KEY=VALUE&…]`; see `EmbeddingSpec`.

    Raises:
        EncoderError: it is not there, reads no pictures, wants code that is not trusted, is not
            complete, or an option does not fit it.
    """
    spec = read_spec(which)
    machine = choose_machine(options)
    found = find_checkpoint(spec.where)
    opened = open_checkpoint(found, machine)
    family = FAMILIES.get(opened.model_type, PLAIN)
    limit = opened.limited(family.budget, spec.pixels, spec.tokens)
    prompts = _prompts(spec, family, opened)
    tower = Tower(opened.model, prompts, spec.first or "picture")
    whole = tower.width()
    if spec.dim is not None and spec.dim > whole:
        raise EncoderError(f"dim must be in 1..{whole}, the length of its vectors; got {spec.dim}")
    dim = spec.dim or whole
    facts: dict[str, str | int] = {"dim": dim, **limit}
    if opened.composes:
        facts["first"] = tower.first
    facts["prompts"] = _digest(prompts)
    return EmbeddingEncoder(
        name=f"embedding:{opened.mark}{written(facts)}",
        dim=dim,
        image_size=opened.side(),
        sizes=tuple(one for one in family.sizes if one < dim),
        composes=opened.composes,
        tower=tower,
        batch=options.batch,
    )


def _prompts(spec: EmbeddingSpec, family: EmbedderFamily, opened: Checkpoint) -> dict[Role, str]:
    said: Mapping[Role, str | None] = {
        "query": spec.instruction,
        "document": spec.document,
        "picture": spec.picture,
    }
    found: dict[Role, str] = {}
    for role in ROLES:
        own = said[role]
        prompt = family.prompt(role, opened.prompts) if own is None else own
        found[role] = family.finished(prompt)
    return found


def _digest(prompts: Mapping[Role, str]) -> str:
    """Return 8 hexadecimal digits that tell these prompts from any others."""
    told = "\0".join(prompts[role] for role in ROLES)
    return hashlib.sha256(told.encode()).hexdigest()[:8]


@dataclass(frozen=True)
class EmbeddingEncoder:
    """An `Encoder` with roles and joint vectors.

    Attributes:
        name: the exact weights, and all that changes a vector: length, budget, order, prompts.
        dim: length of a vector.
        image_size: pixels a side of a square picture that fills the budget.
        sizes: lengths below `dim` that vectors may be cut to.
        composes: whether a picture and words can be one vector.
        tower: the network.
        batch: inputs per forward.
    """

    name: str
    dim: int
    image_size: int
    sizes: tuple[int, ...]
    composes: bool
    tower: Tower
    batch: int = 32

    def encode_images(self, images: Sequence[Image]) -> Vectors:
        return self._encode("picture", self.tower.see, images)

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        return self._encode("text", self.tower.ask, texts)

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        return self._encode("document", self.tower.store, texts)

    def encode_composed(self, images: Sequence[Image], words: Sequence[str]) -> Vectors:
        """Encode n pictures, each with its words, as what is searched for; returns [n, d]."""
        pairs = list(zip(images, words, strict=True))
        return self._encode("picture with words", self.tower.compose, pairs)

    def _encode(
        self, kind: str, tower: Callable[[Sequence[Item]], Tensor], items: Sequence[Item]
    ) -> Vectors:
        if not len(items):
            return np.empty((0, self.dim), dtype=np.float32)
        return UnitRows(self.name, self.tower.model, self.batch, self.dim).of(kind, tower, items)
