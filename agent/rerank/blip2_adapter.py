"""A BLIP-2 that was trained further: the weights that training changed, put back into the base.

`trained.safetensors` holds whole parts, `adapter_model.safetensors` the Q-Former's LoRA, if any.
"""

from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file

from retrievers.checkpoints.adapter import Adapter, AdapterError, read_adapter
from retrievers.checkpoints.attach_lora import attach
from retrievers.checkpoints.error import CheckpointError

KIND = "blip2"
WEIGHTS = "trained.safetensors"
HEADS = ("query_tokens", "vision_projection", "text_projection", "itm_head")
"""What is trained besides the Q-Former, whether by LoRA or whole."""


def put_in(model: Any, path: Path, checkpoint: str) -> Adapter:
    """Change the model to the trained one.

    Args:
        model: the library's `Blip2ForImageTextRetrieval`.
        path: the adapter's folder or its run's.
        checkpoint: what the model was loaded from, for the message.

    Raises:
        AdapterError: there is none, it is of another kind, or a weight is missing or has no place.
    """
    adapter = read_adapter(path)
    if adapter.kind != KIND:
        raise AdapterError(
            f"{str(path)!r} is an adapter of kind {adapter.kind!r}; this needs one of {KIND!r}"
        )
    try:
        _put(model, load_file(adapter.folder / WEIGHTS), adapter.fact("parts"))
        if adapter.fact("lora"):
            device = model.query_tokens.device
            model.qformer = attach(model.qformer, adapter.folder, device, checkpoint)
    except (OSError, ValueError, SafetensorError, CheckpointError) as error:
        reason = str(error).splitlines()[0]
        raise AdapterError(
            f"adapter {str(path)!r} does not fit {checkpoint!r}: {reason}; name the checkpoint"
            " that it was trained on"
        ) from error
    return adapter


def weights_of(model: Any, parts: list[str]) -> dict[str, Any]:
    """Return the weights of these parts of the model by their names."""
    return {
        name: weight for name, weight in model.named_parameters() if name.partition(".")[0] in parts
    }


def _put(model: Any, saved: dict[str, Any], parts: list[str]) -> None:
    held = weights_of(model, parts)
    if surplus := sorted(set(saved) - set(held)):
        raise ValueError(f"{len(surplus)} weights have no place, such as {surplus[0]!r}")
    if absent := sorted(set(held) - set(saved)):
        raise ValueError(f"{len(absent)} weights are missing, such as {absent[0]!r}")
    for name, weight in saved.items():
        if weight.shape != held[name].shape:
            raise ValueError(
                f"{name!r} has shape {tuple(weight.shape)}, not {tuple(held[name].shape)}"
            )
        held[name].data.copy_(weight)
