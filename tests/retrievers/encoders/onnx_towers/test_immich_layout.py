"""Models of open_clip in Immich's layout, beside open_clip's own forward."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import open_clip
import pytest
import torch
from open_clip.transform import PreprocessCfg, image_transform_v2
from PIL.Image import Image

from retrievers.encoder import EncoderError
from retrievers.encoders.load import load_encoder
from tests.retrievers.encoders.onnx_towers.test_onnx_encoder import TEXTS, unit
from tests.retrievers.encoders.onnx_towers.tiny_graphs import as_immich
from tests.retrievers.encoders.tiny_open_clip import register

SQUASH = {"mean": [0.5] * 3, "std": [0.5] * 3, "interpolation": "bicubic", "resize_mode": "squash"}
SHORTEST = SQUASH | {"resize_mode": "shortest", "interpolation": "bilinear", "fill_color": 0}


@pytest.mark.parametrize("arch", ["tiny-ViT", "tiny-words"])
@pytest.mark.parametrize("preprocessing", [SQUASH, SHORTEST], ids=["squash", "shortest"])
def test_vectors_are_those_of_open_clips_own_forward(
    arch: str, preprocessing: dict[str, Any], pictures: list[Image], tmp_path: Path
) -> None:
    (tmp_path / "architectures").mkdir()
    register(tmp_path / "architectures")
    model = as_immich(arch, tmp_path, preprocessing)
    side = open_clip.get_model_config(arch)["vision_cfg"]["image_size"]
    transform = image_transform_v2(PreprocessCfg(size=side, **preprocessing), is_train=False)
    if arch == "tiny-words":
        tokenizer = open_clip.tokenizer.HFTokenizer(
            str(tmp_path / "textual"), context_length=20, clean="canonicalize"
        )
    else:
        tokenizer = open_clip.get_tokenizer(arch)
    with torch.inference_mode():
        seen = unit(model.encode_image(torch.stack([transform(one) for one in pictures])))
        read = unit(model.encode_text(tokenizer(TEXTS)))
    encoder = load_encoder(f"onnx:{tmp_path}")
    np.testing.assert_allclose(encoder.encode_images(pictures), seen, atol=1e-5)
    np.testing.assert_allclose(encoder.encode_texts(TEXTS), read, atol=1e-5)
    assert encoder.name.startswith("onnx:open_clip#")
    assert encoder.image_size == side


def test_immichs_layout_has_one_precision_and_needs_its_settings(tmp_path: Path) -> None:
    for name in ("visual", "textual"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "model.onnx").write_bytes(b"")
    (tmp_path / "textual/tokenizer.json").write_text("{}")
    with pytest.raises(EncoderError, match="has no int8 weights; it has fp32"):
        load_encoder(f"onnx:{tmp_path}#int8")
    (tmp_path / "config.json").write_text(json.dumps({}))
    with pytest.raises(EncoderError, match=r"lacks visual/preprocess_cfg\.json"):
        load_encoder(f"onnx:{tmp_path}")
