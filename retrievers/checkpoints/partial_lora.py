"""Partial LoRA (InternLM-XComposer2, arXiv:2401.16420, section 3.2): pictures' tokens only.

The update B A x is added where a token stands for a part of a picture; every other token meets the
base's own weights, so that what the model knew of language stays as it was. Without a picture the
update is multiplied by zero: the base's logits are exact, and every weight still has a gradient.
"""

from threading import local
from typing import Any

from torch import Tensor

from retrievers.checkpoints.error import CheckpointError


def only_on_pictures(model: Any) -> None:
    """Let the LoRA layers in a model act on its pictures' tokens alone.

    Args:
        model: of transformers, not wrapped by peft, with LoRA layers in it.

    Raises:
        CheckpointError: it takes no pictures, or its layers cannot be told which tokens they see.
    """
    from peft.tuners.lora import LoraLayer

    places = _Places(_picture_token(model))
    model.register_forward_pre_hook(places.note, with_kwargs=True)
    for layer in [one for one in model.modules() if isinstance(one, LoraLayer)]:
        if any(layer.use_dora.values()):
            raise CheckpointError("partial LoRA and DoRA exclude each other; set lora.dora=false")
        for update in layer.lora_B.values():
            update.register_forward_hook(places.kept)


class _Places:
    """Which tokens of the forward that is running belong to pictures, in each thread.

    A thread that began no forward computes one again for a backward pass: that of the newest.
    """

    def __init__(self, token: int) -> None:
        self._token = token
        self._here = local()
        self._newest: Tensor | None = None

    def note(self, module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        ids = kwargs.get("input_ids", args[0] if args else None)
        if ids is None:
            raise ValueError("partial LoRA needs input_ids, to know which tokens are pictures'")
        self._here.mask = self._newest = ids == self._token  # [B, L]

    def kept(self, module: Any, args: tuple[Any, ...], update: Tensor) -> Tensor:
        mask: Tensor | None = getattr(self._here, "mask", self._newest)
        if mask is None or update.shape[:2] != mask.shape:
            raise ValueError(
                f"partial LoRA met a layer of shape {tuple(update.shape)}, which is not that of"
                " the tokens; set lora.targets to layers of the language model"
            )
        return update * mask[..., None].to(update)


def _picture_token(model: Any) -> int:
    config = model.config
    found = getattr(config, "image_token_id", None)
    token = found if found is not None else getattr(config, "image_token_index", None)
    if token is None or config.get_text_config().is_encoder_decoder:
        raise CheckpointError(
            f"partial LoRA needs a decoder that reads pictures as tokens;"
            f" {type(model).__name__} is none"
        )
    return int(token)
