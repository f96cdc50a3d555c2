"""An LLM with random weights: LoRA steps a second, and what 4 bits save of the memory."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from torch.nn import functional as F  # noqa: N812 - its usual name
from transformers import AutoModelForCausalLM, BitsAndBytesConfig, LlamaConfig, LlamaForCausalLM

from benchmarks.gpu.row import Row, Scale, seconds
from retrievers.loading.quiet_transformers import quiet

TINY = {"hidden_size": 128, "intermediate_size": 256, "num_hidden_layers": 2, "vocab_size": 1024}
SMOL = {"hidden_size": 576, "intermediate_size": 1536, "num_hidden_layers": 30, "vocab_size": 49152}
ONE_B = {
    "hidden_size": 2048,
    "intermediate_size": 8192,
    "num_hidden_layers": 16,
    "vocab_size": 32768,
}
LEAST = 0.9  # mean cosine of the logits in 4 bits to those in bfloat16


def learning(scale: Scale) -> Iterator[Row]:
    """Yield a row for LoRA on a network of SmolLM2-135M's size."""
    shape = TINY if scale.small else SMOL
    steps, batch, length = scale.of(20, 6), scale.of(8, 2), scale.of(256, 16)
    dtype = torch.float32 if scale.device == "cpu" else torch.bfloat16
    model: Any = _llama(shape).to(scale.device, dtype)
    model = get_peft_model(model, LoraConfig(r=16, target_modules="all-linear"))
    adapted = [one for one in model.parameters() if one.requires_grad]
    optimiser = torch.optim.AdamW(adapted, lr=1e-2 if scale.small else 1e-3)
    ids = torch.randint(0, int(shape["vocab_size"]), (batch, length), device=scale.device)
    losses: list[float] = []

    def step() -> None:
        loss = model(input_ids=ids, labels=ids).loss
        loss.backward()
        optimiser.step()
        optimiser.zero_grad()
        losses.append(float(loss.detach()))

    step()
    each = seconds(step, times=steps)
    yield Row(
        f"LoRA r 16, {_millions(model)} M, batch {batch} x {length}",
        f"{1 / each:.2f} steps/s",
        f"loss {losses[0]:.3f} -> {losses[-1]:.3f} on one batch",
        losses[-1] < losses[0],
    )


def four_bits(scale: Scale) -> Iterator[Row]:
    """Yield a row for the memory of a network of 1 B parameters, in bfloat16 and NF4."""
    shape = TINY if scale.small else ONE_B
    nf4 = BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_compute_dtype=torch.bfloat16,
        bnb_4bit_use_double_quant=True,
    )
    with tempfile.TemporaryDirectory() as folder, quiet():
        made: Any = _llama(shape).to(torch.bfloat16)
        made.save_pretrained(folder)
        ids = torch.randint(0, int(shape["vocab_size"]), (1, 16), device=scale.device)
        whole, size = _loaded(Path(folder), scale, ids, None)
        quarter, small = _loaded(Path(folder), scale, ids, nf4)
    cosine = float(F.cosine_similarity(whole, quarter, dim=-1).mean())
    yield Row(
        f"4 bits (NF4), {_millions(made)} M",
        f"{small / 1e6:.0f} MB, {size / 1e6:.0f} MB in bfloat16",
        f"mean cosine of logits {cosine:.3f}, bar {LEAST}",
        cosine >= LEAST and small < size,
    )


def _loaded(
    folder: Path, scale: Scale, ids: torch.Tensor, bits: BitsAndBytesConfig | None
) -> tuple[torch.Tensor, int]:
    model: Any = AutoModelForCausalLM.from_pretrained(
        folder,
        dtype=torch.bfloat16,
        device_map={"": scale.device},
        quantization_config=bits,
        use_safetensors=True,
    )
    with torch.inference_mode():
        logits: torch.Tensor = model(input_ids=ids).logits.float().cpu()
    return logits, int(model.get_memory_footprint())


def _llama(shape: dict[str, int]) -> Any:
    torch.manual_seed(0)
    heads = shape["hidden_size"] // 64
    return LlamaForCausalLM(
        LlamaConfig(**shape, num_attention_heads=heads, tie_word_embeddings=True)
    )


def _millions(model: Any) -> int:
    numbers: int = sum(one.numel() for one in model.parameters())
    return round(numbers / 1e6)
