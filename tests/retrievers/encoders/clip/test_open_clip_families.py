"""PE-Core and MobileCLIP2: open_clip's vectors against a forward written by hand."""

import json
from pathlib import Path

import numpy as np
import open_clip
import pytest
import timm
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - its usual name

from retrievers.encoder import Vectors
from retrievers.encoders.load import load_encoder
from tests.retrievers.encoders.tiny_open_clip import save_weights

TEXT = {"vocab_size": 49408, "width": 64, "heads": 2, "layers": 2}
FAMILIES = {  # the published towers for pictures, at their smallest; small ones for texts
    "hand-PE-Core": ("vit_pe_core_tiny_patch16_384", 384, "map", {"context_length": 32}),
    "hand-MobileCLIP2": (
        "fastvit_mci0",
        256,
        "avg",
        {"context_length": 77, "no_causal_mask": True},
    ),
}
TEXTS = ["a dog", "Two red cars in the snow at night!", ""]
MEAN, STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)  # OpenAI's


@pytest.fixture(scope="module", params=FAMILIES)
def weights(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    name, (trunk, side, pool, text) = request.param, FAMILIES[request.param]
    folder = tmp_path_factory.mktemp(name)
    settings = {
        "embed_dim": 48,
        "custom_text": True,
        "vision_cfg": {
            "image_size": side,
            "timm_model_name": trunk,
            "timm_model_pretrained": False,
            "timm_pool": pool,
            "timm_proj": None,
        },
        "text_cfg": TEXT | text,
    }
    (folder / f"{name}.json").write_text(json.dumps(settings))
    open_clip.add_model_config(folder / f"{name}.json")
    return save_weights(name, folder) / "weights.pt"


def pictures_by_hand(name: str, tensors: dict[str, Tensor], images: list[Image.Image]) -> Tensor:
    trunk, _, pool, _ = FAMILIES[name]
    model = timm.create_model(trunk, num_classes=48, global_pool=pool).eval()
    of_trunk = {key: one for key, one in tensors.items() if key.startswith("visual.trunk.")}
    model.load_state_dict({key.removeprefix("visual.trunk."): one for key, one in of_trunk.items()})
    pixels = (np.stack([np.asarray(one) for one in images]) / 255 - MEAN) / STD  # [n, h, w, 3]
    features: Tensor = model(torch.tensor(pixels.transpose(0, 3, 1, 2), dtype=torch.float32))
    return features


def texts_by_hand(name: str, tensors: dict[str, Tensor]) -> Tensor:
    length = FAMILIES[name][3]["context_length"]
    causal = not FAMILIES[name][3].get("no_causal_mask")
    of = {key.removeprefix("text."): one for key, one in tensors.items() if key[:5] == "text."}
    ids = open_clip.SimpleTokenizer(context_length=length)(TEXTS)  # [n, length]
    x = of["token_embedding.weight"][ids] + of["positional_embedding"]
    for layer in range(2):
        at = f"transformer.resblocks.{layer}."
        y = F.layer_norm(x, (64,), of[at + "ln_1.weight"], of[at + "ln_1.bias"])
        y = F.linear(y, of[at + "attn.in_proj_weight"], of[at + "attn.in_proj_bias"])
        q, k, v = (one.unflatten(2, (2, 32)).transpose(1, 2) for one in y.chunk(3, dim=2))
        scores = q @ k.transpose(2, 3) / 32**0.5  # [n, heads, length, length]
        if causal:
            scores = scores + torch.full_like(scores, -torch.inf).triu(1)
        y = (scores.softmax(dim=3) @ v).transpose(1, 2).flatten(2)
        x = x + F.linear(y, of[at + "attn.out_proj.weight"], of[at + "attn.out_proj.bias"])
        y = F.layer_norm(x, (64,), of[at + "ln_2.weight"], of[at + "ln_2.bias"])
        y = F.gelu(F.linear(y, of[at + "mlp.c_fc.weight"], of[at + "mlp.c_fc.bias"]))
        x = x + F.linear(y, of[at + "mlp.c_proj.weight"], of[at + "mlp.c_proj.bias"])
    x = F.layer_norm(x, (64,), of["ln_final.weight"], of["ln_final.bias"])
    ends = x[torch.arange(len(TEXTS)), ids.argmax(dim=1)]  # [n, 64]
    return ends @ of["text_projection"]


def unit(features: Tensor) -> Vectors:
    rows: Vectors = F.normalize(features, dim=1).numpy()
    return rows


def test_vectors_equal_a_forward_by_hand(weights: Path) -> None:
    (name,) = [one for one in FAMILIES if (weights.parent / f"{one}.json").is_file()]
    saved = torch.load(weights, weights_only=True)["state_dict"]
    tensors = {key.removeprefix("module."): one for key, one in saved.items()}
    side, dice = FAMILIES[name][1], np.random.default_rng(0)
    images = [
        Image.fromarray(dice.integers(0, 256, (side, side, 3), dtype=np.uint8)),
        Image.new("RGB", (side, side), "orange"),
    ]
    encoder = load_encoder(f"open_clip:{name}/{weights}", device="cpu")
    with torch.inference_mode():
        seen, read = pictures_by_hand(name, tensors, images), texts_by_hand(name, tensors)
    np.testing.assert_allclose(encoder.encode_images(images), unit(seen), atol=1e-5)
    np.testing.assert_allclose(encoder.encode_texts(TEXTS), unit(read), atol=1e-5)
    assert abs(float(unit(seen)[0] @ unit(seen)[1])) < 0.999
