"""Selection tuning on a base of 4 or 8 bits, where bitsandbytes can do so."""

import random
from collections.abc import Callable
from typing import Any, Literal

import pytest
import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity

from finetune.settings import Lora
from tests.finetune.recipes.rerank.steps import take_steps

bnb = pytest.importorskip("bitsandbytes")


@pytest.mark.parametrize("bits", [4, 8])
def test_a_quantised_base_has_the_gradients_of_its_dequantised_self(
    bits: Literal[4, 8], open_mllm: Callable[..., Any]
) -> None:
    """After a validation, too: bitsandbytes then would have repacked 4-bit weights for a CPU."""
    job = open_mllm("yesno", lora=Lora(rank=4, bits=bits))
    plain = open_mllm("yesno", lora=Lora(rank=4))
    job.model.eval()
    with torch.no_grad():
        job.validate()
    _dequantise_into(plain.model, job.model)
    _same_updates(plain.model, job.model)
    found, wanted = _gradients(job), _gradients(plain)
    assert found.keys() == wanted.keys()
    alike = [
        float(cosine_similarity(found[name].flatten(), wanted[name].flatten(), dim=0))
        for name in found
    ]
    assert min(alike) > 0.95
    lengths = [float(found[name].norm() / wanted[name].norm()) for name in found]
    assert 0.8 < min(lengths) <= max(lengths) < 1.25


@pytest.mark.parametrize("bits", [4, 8])
def test_a_quantised_base_learns(bits: Literal[4, 8], open_mllm: Callable[..., Any]) -> None:
    job = open_mllm("pick", lora=Lora(rank=4, bits=bits))
    losses = take_steps(job, 5, batch=2)
    assert losses[-1] < losses[0]
    changed = {type(one).__name__ for one in job.model.parameters() if one.requires_grad}
    assert changed == {"Parameter"}, "a quantised weight is trained"


def _quantised(model: Any) -> dict[str, Any]:
    kinds = (bnb.nn.Linear4bit, bnb.nn.Linear8bitLt)
    found = {name: one for name, one in model.named_modules() if isinstance(one, kinds)}
    assert found
    return found


def _dequantise_into(plain: Any, model: Any) -> None:
    for name, layer in _quantised(model).items():
        weight = layer.weight
        if isinstance(layer, bnb.nn.Linear4bit):
            whole = bnb.functional.dequantize_4bit(weight.data, weight.quant_state)
        else:
            scale = layer.state.SCB if weight.SCB is None else weight.SCB
            whole = weight.data.float() * scale[:, None] / 127
        plain.get_submodule(name).weight.data.copy_(whole)


def _same_updates(plain: Any, model: Any) -> None:
    chance = torch.Generator().manual_seed(0)
    own = dict(plain.named_parameters())
    for name, weight in model.named_parameters():
        if weight.requires_grad:
            weight.data.normal_(0, 0.05, generator=chance)
            own[name].data.copy_(weight.data)


def _gradients(job: Any) -> dict[str, Tensor]:
    job.model.train()
    job.model(**job.batch(range(4), random.Random(0))).backward()
    return {
        name: one.grad.clone() for name, one in job.model.named_parameters() if one.requires_grad
    }
