"""The model that writes identifiers: a causal language model, and rows for what it has no word for.

The base's vocabulary and matrices stay as they are, quantised or not. New symbols have rows of
their own beside them, one for reading and one for writing; a symbol that stands for a vector of the
encoder's space gets what two linear maps make of that vector, plus what it learnt itself. The first
map also turns a picture into one soft token, as in FROMAGe (arXiv:2301.13823).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from retrievers.checkpoints.error import CheckpointError
from retrievers.generative.identifiers import Symbol, Vector

NOTHING = -100
"""A label that no loss is computed for."""


class Rows(nn.Module):
    """What is trained besides LoRA.

    Args:
        anchors: the new symbols, and what each stands for, if anything.
        centre: mean of the pictures' vectors [d].
        width: of the base.
        spread: standard deviation of the base's input rows.
    """

    def __init__(
        self, anchors: Mapping[str, Vector | None], *, centre: Vector, width: int, spread: float
    ) -> None:
        super().__init__()
        self.symbols = tuple(anchors)
        self.register_buffer("centre", torch.from_numpy(centre))
        self.register_buffer("anchors", self.centred(list(anchors.values())))
        self.reads = nn.Linear(len(centre), width, bias=False)
        self.writes = nn.Linear(len(centre), width, bias=False)
        self.read = nn.Parameter(torch.zeros(len(anchors), width))
        self.write = nn.Parameter(torch.zeros(len(anchors), width))
        for matrix in (self.reads.weight, self.writes.weight, self.read, self.write):
            nn.init.normal_(matrix, std=spread)

    def centred(self, anchors: Sequence[Vector | None]) -> Tensor:
        """Return unit vectors from the centre, zero for None: [n, d]."""
        zero = self.centre.cpu()
        found = [zero if one is None else torch.from_numpy(one) for one in anchors]
        return self._unit(torch.stack([*found, zero])[:-1].to(self.centre.device))

    def pictures(self, vectors: Tensor) -> Tensor:
        """Return the soft tokens of pictures [n, d]: [n, width]."""
        soft: Tensor = self.reads(self._unit(vectors))
        return soft

    def table(self, more: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return the rows for reading and for writing, those of more anchors [m, d] after them."""
        read, write = self.reads(self.anchors) + self.read, self.writes(self.anchors) + self.write
        if more is None:
            return read, write
        return torch.cat([read, self.reads(more)]), torch.cat([write, self.writes(more)])

    def _unit(self, vectors: Tensor) -> Tensor:
        return nn.functional.normalize(vectors - self.centre, dim=-1)


@dataclass(frozen=True, slots=True)
class Table:
    """An alphabet with its rows.

    Attributes:
        symbols: the base's tokens first, ascending; then the new ones.
        read: [symbols, width].
        write: [symbols, width].
    """

    symbols: tuple[Symbol, ...]
    read: Tensor
    write: Tensor


class Writer(nn.Module):
    """A base with its rows.

    Args:
        base: a causal model of transformers, with or without LoRA in it.
        rows: of the new symbols.
        tokens: the base's tokens in the identifiers, ascending; their rows are the base's.
    """

    def __init__(self, base: Any, rows: Rows, tokens: Sequence[int]) -> None:
        super().__init__()
        self.base, self.rows, self.tokens = base, rows, tuple(tokens)

    @property
    def plain(self) -> Any:
        """The base as transformers knows it, whether or not peft has wrapped it."""
        return self.base.get_base_model() if hasattr(self.base, "peft_config") else self.base

    @property
    def device(self) -> torch.device:
        return self.rows.read.device

    def table(
        self, *, tokens: Sequence[int] = (), anchors: Mapping[str, Vector | None] | None = None
    ) -> Table:
        """Return the alphabet, with these symbols more."""
        every = tuple(sorted({*self.tokens, *tokens}))
        new = {name: one for name, one in (anchors or {}).items() if name not in self.rows.symbols}
        more = self.rows.centred(list(new.values())) if new else None
        read, write = self.rows.table(more)
        places = torch.tensor(every, dtype=torch.long, device=self.device)
        embedded = self.plain.get_input_embeddings()(places).to(read.dtype)
        head = self.plain.get_output_embeddings().weight[places].to(write.dtype)
        symbols: tuple[Symbol, ...] = (*every, *self.rows.symbols, *new)
        return Table(symbols, torch.cat([embedded, read]), torch.cat([head, write]))

    def prompts(self, ids: Tensor, vectors: Tensor, soft: Tensor) -> Tensor:
        """Return the prompts' embeddings; soft [n, length] marks where the picture stands."""
        embedded = self.plain.get_input_embeddings()(ids)  # [n, length, width]
        pictures = self.rows.pictures(vectors).to(embedded.dtype)
        return torch.where(soft[..., None], pictures[:, None], embedded)

    def hidden(self, embedded: Tensor, mask: Tensor, cache: Any = None) -> Any:
        """Run the base over embeddings [n, length, width]; the mask covers the cache, too."""
        position = (mask.cumsum(dim=1) - 1).clamp(min=0)[:, -embedded.shape[1] :]
        return self.plain.get_decoder()(
            inputs_embeds=embedded,
            attention_mask=mask,
            position_ids=position,
            past_key_values=cache,
            use_cache=cache is not None,
        ).last_hidden_state

    def forward(
        self, ids: Tensor, mask: Tensor, vectors: Tensor, soft: Tensor, labels: Tensor
    ) -> Tensor:
        """Return the mean cross-entropy of the identifiers' symbols, over the alphabet.

        Args:
            ids: the prompts' tokens, padded on the left [n, length].
            mask: 0 where they are padded.
            vectors: of the pictures [n, d]; whatever where no picture stands.
            soft: where the picture stands [n, length].
            labels: the identifiers as places in the alphabet, padded with NOTHING [n, longest].
        """
        table = self.table()
        before = labels[:, :-1]
        spelled = table.read[before.clamp(min=0)]  # [n, longest - 1, width]
        prompt = self.prompts(ids, vectors, soft)
        embedded = torch.cat([prompt, spelled.to(prompt.dtype)], dim=1)
        whole = torch.cat([mask, (before != NOTHING).to(mask.dtype)], dim=1)
        hidden = self.hidden(embedded, whole)[:, -labels.shape[1] :]
        logits = hidden.to(table.write.dtype) @ table.write.T  # [n, longest, symbols]
        return cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=NOTHING)


def cut(model: Any, layers: int) -> Any:
    """Keep a model's first layers only; 0 keeps all. The model itself is changed.

    Raises:
        CheckpointError: it has fewer, or does not list them as others do.
    """
    if not layers:
        return model
    decoder = model.get_decoder()
    found = len(getattr(decoder, "layers", ()))
    if not 1 <= layers <= found:
        raise CheckpointError(f"keep_layers must be in 0..{found}, the base's layers; got {layers}")
    decoder.layers = decoder.layers[:layers]
    decoder.config.num_hidden_layers = layers
    if types := getattr(decoder.config, "layer_types", None):
        decoder.config.layer_types = types[:layers]
    return model
