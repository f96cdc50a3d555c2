"""LoRA layers put into a base model for training: which by family, DoRA, rows of new tokens.

Attaching what was trained: `retrievers.checkpoints.attach_lora`.
"""

import re
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from finetune.error import FinetuneError
from finetune.settings import Lora
from retrievers.checkpoints.portable_names import portable

LLAMA = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
TARGETS: Mapping[str, tuple[str, ...]] = {
    "bert": ("query", "key", "value", "attention.output.dense"),
    "blip_2_qformer": ("query", "key", "value"),
    "clip": ("q_proj", "k_proj", "v_proj", "out_proj"),
    "gpt2": ("c_attn", "c_proj", "c_fc"),
    "internlm2": ("wqkv", "wo", "w1", "w2", "w3"),
    "phi3": ("qkv_proj", "o_proj", "gate_up_proj", "down_proj"),
    "siglip": ("q_proj", "k_proj", "v_proj", "out_proj"),
    "siglip2": ("q_proj", "k_proj", "v_proj", "out_proj"),
    "t5": ("q", "k", "v", "o", "wi", "wi_0", "wi_1", "wo"),
}
"""The linear layers by model type of the language model; LLaMA's names where a type has no row."""

SEEING = re.compile(r"vision|visual|image_|\bqformer\b|connector|projector")
NUMBER = re.compile(r"\.(\d+)\.")


def adapted(
    model: Any, lora: Lora, *, tokens: Sequence[int] = (), checkpointing: bool = False
) -> Any:
    """Return the model with fresh LoRA layers, all else frozen; the model itself is changed.

    Args:
        model: as transformers loaded it.
        lora: the settings.
        tokens: ids of new tokens, whose input and output rows are trained too.
        checkpointing: compute activations again in the backward pass.

    Raises:
        FinetuneError: peft is missing, or no layer has such a name.
    """
    try:
        from peft import prepare_model_for_kbit_training
    except ImportError as error:
        raise FinetuneError(
            f"fine-tuning needs peft ({error}); install `dialens[finetune]`"
        ) from error
    if lora.bits:
        model = prepare_model_for_kbit_training(model, use_gradient_checkpointing=False)
    if checkpointing:
        keep_less(model)
        model.enable_input_require_grads()
    return put_in(model, lora, layers(model, lora), tokens=tokens)


def put_in(model: Any, lora: Lora, targets: Sequence[str], *, tokens: Sequence[int] = ()) -> Any:
    """Return the model with fresh LoRA layers at these layers.

    Raises:
        FinetuneError: the rank is above every layer's size, or LoRA does not fit the model.
    """
    from peft import LoraConfig, get_peft_model

    _refuse_rank(model, lora.rank, targets)
    config = LoraConfig(
        r=lora.rank,
        lora_alpha=lora.alpha,
        lora_dropout=lora.dropout,
        use_dora=lora.dora,
        target_modules=list(targets),
        trainable_token_indices=list(tokens) or None,
    )
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "`is_gradient_checkpointing`", FutureWarning)
            found = get_peft_model(model, config)  # peft 0.21 asks by transformers' former name
    except ValueError as error:
        raise FinetuneError(f"LoRA does not fit {type(model).__name__}: {error}") from error
    config.base_model_name_or_path = portable(config.base_model_name_or_path or "")
    return found


def _refuse_rank(model: Any, rank: int, targets: Sequence[str]) -> None:
    """Refuse a rank that no layer has: it would learn no more, and take without end."""
    every = dict(model.named_modules())
    most = max(_smaller_side(every[name]) for name in targets)
    if rank > most:
        raise FinetuneError(
            f"lora.rank must be in 1..{most}, the smaller side of the largest layer that is adapted"
            f" in {type(model).__name__}; got {rank}; 8 to 64 are usual"
        )


def _smaller_side(layer: Any) -> int:
    """Return it of a linear layer; a quantised one's weight has another shape, GPT-2's no names."""
    packed = hasattr(layer, "in_features")
    return int(min((layer.in_features, layer.out_features) if packed else layer.weight.shape))


def save_lora(model: Any, folder: Path) -> None:
    """Write the LoRA layers and new tokens' rows, which stand for the enlarged matrices."""
    model.save_pretrained(str(folder), save_embedding_layers=False)
    (folder / "README.md").unlink(missing_ok=True)  # the loop writes a card that says more


def keep_less(model: Any) -> None:
    """Let a model of transformers keep few activations and compute the others again."""
    with warnings.catch_warnings():  # the newer name came in the midst of the versions we allow
        warnings.filterwarnings("ignore", "`gradient_checkpointing_enable`", FutureWarning)
        model.gradient_checkpointing_enable({"use_reentrant": False})


def layers(model: Any, lora: Lora) -> list[str]:
    """Return the full names of the layers to adapt: of the language model, not of its eye.

    Raises:
        FinetuneError: no layer has such a name.
    """
    config = model.config.get_text_config()
    wanted = lora.targets or TARGETS.get(config.model_type.removesuffix("_text_model"), LLAMA)
    named = [name for name, module in model.named_modules() if not list(module.children())]
    found = [
        name
        for name in named
        if not SEEING.search(name) and any(f".{name}".endswith(f".{one}") for one in wanted)
    ]
    numbers = {name: int(NUMBER.findall(name)[-1]) for name in found if NUMBER.search(name)}
    if lora.top and numbers:
        least = max(numbers.values()) + 1 - lora.top
        found = [name for name in found if numbers.get(name, least) >= least]
    if not found:
        endings = sorted({name.rpartition(".")[2] for name in named})
        raise FinetuneError(
            f"no layer of {type(model).__name__} is named {', '.join(wanted)}; set lora.targets to"
            f" some of {', '.join(endings)}"
        )
    return found


def trained(model: Any) -> dict[str, int]:
    """Return the number of weights of each parameter that training changes."""
    return {name: one.numel() for name, one in model.named_parameters() if one.requires_grad}
