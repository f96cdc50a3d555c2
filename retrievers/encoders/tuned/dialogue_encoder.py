"""A dialogue as a query vector: a language model reads it up to a retrieval token.

The last hidden state at the token `[RET]` is mapped to the space of a frozen picture encoder, as in
ChatIR (arXiv:2305.20062) and FROMAGe (arXiv:2301.13823); LoRA, the map and the token's embedding
are what `finetune.recipes.dialogue.recipe` trains. Pictures keep the vectors of their own encoder,
so that a collection that was indexed with it is searched without being indexed again.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL.Image import Image
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from retrievers.checkpoints.adapter import Adapter
from retrievers.checkpoints.error import CheckpointError
from retrievers.checkpoints.generative import OpenedCheckpoint, Wanted, open_checkpoint
from retrievers.encoder import Encoder, EncoderError, Vectors
from retrievers.loading.encoder_options import Options
from retrievers.loading.network_lock import turn_of

RET = "[RET]"
SEPARATOR = ", "  # between the turns, as ChatIR's evaluation has it and `Blend` joins them
HEAD = "head.safetensors"

Spoken = Sequence[str | Image]
"""One dialogue, oldest first: what was said, and pictures that were shown."""


class DialogueTower(nn.Module):
    """The language model with the map to the pictures' space.

    Args:
        opened: the base, with or without LoRA; its tokenizer knows `[RET]`.
        dim: length of a picture's vector.
        tokens: the longest dialogue; of a longer one the end counts.
    """

    def __init__(self, opened: OpenedCheckpoint, dim: int, *, tokens: int = 200) -> None:
        super().__init__()
        self.base = opened.model
        self.opened, self.tokens = opened, tokens
        width = int(opened.model.config.get_text_config().hidden_size)
        self.head = nn.Linear(width, dim, bias=False).to(opened.machine.device)
        self.register_buffer("centre", torch.zeros(width, device=opened.machine.device))
        self.register_buffer("spread", torch.ones(width, device=opened.machine.device))

    @property
    def config(self) -> Any:
        """The base's."""
        return self.base.config

    def inputs(self, dialogues: Sequence[Spoken]) -> dict[str, Tensor]:
        """Return the base's tensors; every row ends in `[RET]`."""
        if any(isinstance(part, Image) for one in dialogues for part in one):
            return self._with_pictures(dialogues)
        texts = [SEPARATOR.join(str(part) for part in one) for one in dialogues]
        tokenizer = self.opened.tokenizer
        read = tokenizer(texts, add_special_tokens=False)["input_ids"]
        end = tokenizer.convert_tokens_to_ids(RET)
        rows = [[*ids[-(self.tokens - 1) :], end] for ids in read]
        return dict(tokenizer.pad({"input_ids": rows}, return_tensors="pt"))

    def _with_pictures(self, dialogues: Sequence[Spoken]) -> dict[str, Tensor]:
        if not self.opened.sees:
            raise EncoderError(
                f"{self.opened.name} reads text only, so that a dialogue may hold no picture"
            )
        processor = self.opened.processor
        texts = [
            processor.apply_chat_template(
                [{"role": "user", "content": [_part(part) for part in one]}], tokenize=False
            )
            + RET
            for one in dialogues
        ]
        images = [[part for part in one if isinstance(part, Image)] for one in dialogues]
        ready = processor(text=texts, images=images, padding=True, return_tensors="pt")
        return {key: value for key, value in ready.items() if key in self.opened.accepts}

    def forward(self, **inputs: Tensor) -> Tensor:
        """Return unit rows [B, dim]."""
        return self.mapped(self.states(**inputs))

    def states(self, **inputs: Tensor) -> Tensor:
        """Return the last hidden states at `[RET]` [B, width]."""
        more = {"logits_to_keep": 1} if "logits_to_keep" in self.opened.accepts else {}
        every = self.base(**inputs, **more, output_hidden_states=True).hidden_states[-1]
        last: Tensor = every[:, -1].to(self.head.weight.dtype)
        return last

    def mapped(self, states: Tensor) -> Tensor:
        """Map states [B, width] to unit rows [B, dim].

        They are standardised first: a few of a language model's dimensions are hundreds of times
        longer than the others, and would drown them.
        """
        vectors = self.head((states - self.centre) / self.spread)
        unit: Tensor = nn.functional.normalize(vectors, dim=-1)
        return unit


class DialogueEncoder:
    """An `Encoder`: texts and dialogues through the tower, pictures through their own encoder.

    A text is a whole dialogue, its turns joined by commas; search with `Blend(joined=1)`.
    """

    def __init__(
        self, tower: DialogueTower, pictures: Encoder, *, name: str, batch: int = 32
    ) -> None:
        self.name, self.dim, self.image_size = name, pictures.dim, pictures.image_size
        self.pictures, self._tower, self._batch = pictures, tower.eval(), batch

    def encode_images(self, images: Sequence[Image]) -> Vectors:
        return self.pictures.encode_images(images)

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        return self.encode_dialogues([[text] for text in texts])

    def encode_dialogues(self, dialogues: Sequence[Spoken]) -> Vectors:
        """Encode n dialogues; returns [n, d]. Pictures need a base that sees.

        Raises:
            EncoderError: a dialogue holds a picture, and the base reads text only.
        """
        return self.through(dialogues, self._tower, self.dim)

    def through(
        self, dialogues: Sequence[Spoken], part: Callable[..., Tensor], width: int
    ) -> Vectors:
        """Return what a part of the tower makes of dialogues [n, width]."""
        vectors = np.zeros((len(dialogues), width), dtype=np.float32)
        for places in _batches(dialogues, self._batch):
            with turn_of(self._tower.base), torch.inference_mode():
                inputs = self._tower.inputs([dialogues[place] for place in places])
                device = self._tower.opened.machine.device
                rows = part(**{key: value.to(device) for key, value in inputs.items()})
                vectors[places] = rows.float().cpu().numpy()
        return vectors


def open_dialogue(adapter: Adapter, pictures: Encoder, options: Options) -> DialogueEncoder:
    """Open what the recipe `dialogue` wrote.

    Raises:
        AdapterError: a fact is missing.
        EncoderError: its base or its weights cannot be loaded, or the pictures' encoder is another.
    """
    if pictures.name != adapter.fact("pictures"):
        raise EncoderError(
            f"{adapter.folder} was trained for pictures of {adapter.fact('pictures')}; these are"
            f" of {pictures.name}"
        )
    try:
        wanted = Wanted(adapter.fact("base"), options, adapter=adapter.folder)
        opened = open_checkpoint(wanted)
        tower = DialogueTower(opened, pictures.dim, tokens=adapter.fact("tokens"))
        load_head(tower, adapter.folder)
    except (CheckpointError, OSError, RuntimeError, KeyError, ValueError) as error:
        raise EncoderError(str(error).splitlines()[0]) from error
    name = f"{pictures.name}+dialogue:{adapter.mark}"
    return DialogueEncoder(tower, pictures, name=name, batch=options.batch)


def save_head(tower: DialogueTower, folder: Path) -> None:
    """Write the map."""
    whole = {"weight": tower.head.weight, "centre": tower.centre, "spread": tower.spread}
    save_file({key: one.detach().cpu().contiguous() for key, one in whole.items()}, folder / HEAD)


def load_head(tower: DialogueTower, folder: Path) -> None:
    """Read the map.

    Raises:
        OSError: it is not there.
        RuntimeError: it is of another size.
        KeyError: a part of it is missing.
    """
    whole = load_file(folder / HEAD)
    with torch.no_grad():
        tower.head.weight.copy_(whole["weight"])
        tower.centre.copy_(whole["centre"])
        tower.spread.copy_(whole["spread"])


def _part(part: str | Image) -> Mapping[str, Any]:
    return {"type": "text", "text": part} if isinstance(part, str) else {"type": "image"}


def _batches(dialogues: Sequence[Spoken], batch: int) -> Iterator[list[int]]:
    """Yield places of dialogues of like length, which share their padding."""
    length = [sum(len(part) for part in one if isinstance(part, str)) for one in dialogues]
    order = sorted(range(len(dialogues)), key=lambda place: length[place])
    for start in range(0, len(order), batch):
        yield order[start : start + batch]
