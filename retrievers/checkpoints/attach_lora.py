"""Attaching a LoRA adapter (arXiv:2106.09685) that peft saved; one that does not fit is refused."""

import warnings
from pathlib import Path
from typing import Any

from safetensors.torch import load_file

from retrievers.checkpoints.adapter import FACTS, read_adapter
from retrievers.checkpoints.error import CheckpointError
from retrievers.checkpoints.partial_lora import only_on_pictures

WEIGHTS = "adapter_model.safetensors"


def attach(model: Any, adapter: Path, device: object, checkpoint: str) -> Any:
    """Return the model with the adapter's layers in it, switched on.

    Args:
        model: as transformers loaded it; it is changed.
        adapter: the folder with `adapter_config.json` and `adapter_model.safetensors`.
        device: where the model is.
        checkpoint: what the model was loaded from, for the message.

    Raises:
        CheckpointError: it is not there, or its weights are not those that the model can take.
    """
    try:
        from peft import PeftConfig, PeftModel, get_peft_model_state_dict
    except ImportError as error:
        raise CheckpointError(
            f"adapters need peft ({error}); install `dialens[finetune]`"
        ) from error
    if not (adapter / WEIGHTS).is_file():
        raise CheckpointError(
            f"adapter {str(adapter)!r} holds no {WEIGHTS}; name the folder that does"
        )
    try:
        config = PeftConfig.from_pretrained(str(adapter))
        config.inference_mode = True
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "`is_gradient_checkpointing`", FutureWarning)
            fitted = PeftModel(model, config)  # peft 0.21 asks by transformers' former name
        wanted = get_peft_model_state_dict(fitted, save_embedding_layers=False)
        _compare(wanted, load_file(adapter / WEIGHTS), adapter)
        fitted.load_adapter(str(adapter), "default", torch_device=str(device))
        if _is_partial(adapter):
            only_on_pictures(fitted.get_base_model())
    except (OSError, ValueError, TypeError, KeyError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise CheckpointError(
            f"adapter {str(adapter)!r} does not fit {checkpoint!r}: {reason}; "
            "name the checkpoint that it was trained on"
        ) from error
    return fitted.get_base_model()


def _is_partial(adapter: Path) -> bool:
    return (adapter / FACTS).is_file() and bool(read_adapter(adapter).facts.get("partial"))


def _compare(wanted: dict[str, Any], saved: dict[str, Any], adapter: Path) -> None:
    if surplus := sorted(set(saved) - set(wanted)):
        raise ValueError(f"{len(surplus)} weights have no place, such as {surplus[0]!r}")
    if absent := sorted(set(wanted) - set(saved)):
        raise ValueError(f"{len(absent)} weights are missing, such as {absent[0]!r}")
    for key, weight in saved.items():
        if weight.shape != wanted[key].shape:
            raise ValueError(
                f"{key!r} has shape {tuple(weight.shape)}, not {tuple(wanted[key].shape)}"
            )
