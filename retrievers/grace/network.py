"""The model that writes identifiers: a causal language model, and rows for what it has no word for.

The base's vocabulary and matrices stay as they are, quantised or not. New symbols have rows of
their own beside them, one for reading and one for writing; a symbol that stands for a vector of the
encoder's space gets what two linear maps make of that vector, plus what it learnt itself. The first
map also turns a picture into one soft token, as in FROMAGe (arXiv:2301.13823).
"""

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from retrievers.checkpoints.error import CheckpointError
from retrievers.grace.identifiers import Symbol, Vector

CELLS = 4096  # of the memory at most
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
        self.register_buffer("mean", torch.zeros(2, width))
        self.register_buffer("deviation", torch.ones(2, width))
        cells = min(4 * width, CELLS)
        self.memory = nn.Sequential(nn.Linear(width, cells), nn.GELU(), nn.Linear(cells, width))
        self.read = nn.Parameter(torch.zeros(len(anchors), width))
        self.write = nn.Parameter(torch.zeros(len(anchors), width))
        for matrix in (self.reads.weight, self.read):
            nn.init.normal_(matrix, std=spread)
        for matrix in (self.writes.weight, self.write):
            nn.init.normal_(matrix)  # a state of unit length is compared with these
        nn.init.zeros_(self.memory[2].weight)

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

    def meant(self, asked: Tensor, pictured: Tensor) -> Tensor:
        """Return the last states of prompts [n, 1, width] by what tells them apart.

        Args:
            asked: the states.
            pictured: which prompts are pictures [n].
        """
        kind = pictured.long()
        apart = (asked.to(self.mean.dtype) - self.mean[kind, None]) / self.deviation[kind, None]
        states = apart * self.mean.shape[1] ** -0.5  # about of unit length
        found: Tensor = states + self.memory(states) / self.mean.shape[1]
        return found

    def calibrate(self, asked: Tensor, *, pictured: bool) -> None:
        """Measure the last states of prompts [n, width], before anything is trained."""
        self.mean[int(pictured)] = asked.mean(dim=0)
        deviation = asked.std(dim=0, correction=0)
        self.deviation[int(pictured)] = deviation.clamp(min=0.1 * float(deviation.median()) + 1e-6)

    def _unit(self, vectors: Tensor) -> Tensor:
        return nn.functional.normalize(vectors - self.centre, dim=-1)


class Prompts(NamedTuple):
    """Prompts as tensors; see `Writer.forward`."""

    ids: Tensor
    mask: Tensor
    vectors: Tensor
    soft: Tensor


@dataclass(frozen=True, slots=True)
class Table:
    """An alphabet with its rows.

    Attributes:
        symbols: the base's tokens first, ascending; then the new ones.
        read: [symbols, width].
        head: the base's own rows for writing [tokens, width].
        write: of the new symbols [new, width].
    """

    symbols: tuple[Symbol, ...]
    read: Tensor
    head: Tensor
    write: Tensor


class IdentifierWriter(nn.Module):
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
        return self.base.get_base_model() if hasattr(self.base, "get_base_model") else self.base

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
        return Table(symbols, torch.cat([embedded, read]), head, write)

    def prompts(self, ids: Tensor, vectors: Tensor, soft: Tensor) -> Tensor:
        """Return the prompts' embeddings; soft [n, length] marks where the picture stands."""
        embedded = self.plain.get_input_embeddings()(ids)  # [n, length, width]
        pictures = self.rows.pictures(vectors).to(embedded.dtype)
        return torch.where(soft[..., None], pictures[:, None], embedded)

    def hidden(self, embedded: Tensor, mask: Tensor, cache: Any = None) -> Any:
        """Run the base over embeddings [n, length, width]; the mask covers the cache, too."""
        position = (mask.cumsum(dim=1) - 1).clamp(min=0)[:, -embedded.shape[1] :]
        decoder = self.plain.get_decoder()
        held = {} if cache is None else {_cache_argument(decoder): cache}
        return decoder(
            inputs_embeds=embedded,
            attention_mask=mask,
            position_ids=position,
            use_cache=cache is not None,
            **held,
        ).last_hidden_state

    def calibrate(self, prompts: Prompts, *, pictured: bool) -> None:
        """Measure the prompts' last states: most of what they hold is common to all."""
        with torch.no_grad():
            here = Prompts(*(one.to(self.device) for one in prompts))
            embedded = self.prompts(here.ids, here.vectors, here.soft)
            asked = self.hidden(embedded, here.mask)[:, -1]
            self.rows.calibrate(asked.to(self.rows.mean.dtype), pictured=pictured)

    def logits(self, table: Table, hidden: Tensor, meant: Tensor) -> Tensor:
        """Score every symbol after hidden states [n, length, width]: [n, length, symbols].

        What was asked is added to every state: an arbitrary symbol, such as a place in a leaf, is
        then as near to it as the first symbol is, in a base of few layers, too.

        Args:
            table: the alphabet.
            hidden: of the prompt's last position, or of symbols written since.
            meant: of the prompt, `Rows.meant` [n, 1, width].
        """
        states = hidden.to(meant.dtype)
        new = (nn.functional.normalize(states, dim=-1) + meant) @ table.write.T
        return torch.cat([(states + meant) @ table.head.T, new], dim=-1)

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
        meant = self.rows.meant(hidden[:, :1], soft.any(dim=1))
        logits = self.logits(table, hidden, meant).flatten(0, 1)  # [n * longest, symbols]
        return cross_entropy(logits, labels.flatten(), ignore_index=NOTHING)


def _cache_argument(decoder: Any) -> str:
    """Return what the decoder calls its cache: releases of transformers differ, and models."""
    takes = inspect.signature(decoder.forward).parameters
    return "cache" if "cache" in takes else "past_key_values"


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
