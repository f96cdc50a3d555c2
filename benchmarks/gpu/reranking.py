"""BLIP-2 ITM of ViT-g's size with random weights: pictures seen anew, then from what was kept."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from transformers import Blip2Config, Blip2ForImageTextRetrieval, BlipImageProcessor

from agent.rerank.blip2 import Blip2, Blip2Judge
from benchmarks.gpu.row import Row, Scale, seconds
from retrievers.hit import Picture
from retrievers.loading.quiet_transformers import quiet
from tests.agent.rerank.tiny_blip2 import save_tiny_blip2, word_pieces

FAR = 0.1  # how much a score may differ from the CPU's, in bfloat16


def reranking(scale: Scale) -> Iterator[Row]:
    """Yield a row for the first query and one for those after it."""
    n = scale.of(128, 4)
    pictures = [Picture(f"{at:016x}", f"{at:064x}", (Path("/"),), 90, 90, 1) for at in range(n)]
    with tempfile.TemporaryDirectory() as folder, quiet():
        checkpoint = _saved(Path(folder), small=scale.small)
        dtype = torch.float32 if scale.device == "cpu" else torch.bfloat16
        here = Blip2(str(checkpoint), device=scale.device, dtype=dtype)
        judge = Blip2Judge(here, _image, kept=Path(folder) / "kept")
        first = seconds(lambda: judge.judge("a red car", pictures))
        later = seconds(lambda: judge.judge("a dog in snow", pictures), times=3)
        some = pictures[:2]
        ours = np.array(_scores(judge, some))
        cpu = np.array(_scores(Blip2Judge(Blip2(str(checkpoint)), _image), some))
    off = float(np.abs(ours - cpu).max())
    check = f"scores of 2 differ from the CPU's by {off:.4f}, bar {FAR}"
    size = "tiny" if scale.small else "ViT-g"
    yield Row(f"BLIP-2 {size}, {n} pictures anew", f"{n / first:.1f} pictures/s", check, off <= FAR)
    yield Row(f"BLIP-2 {size}, {n} kept", f"{later:.3f} s a query", check, off <= FAR)


def _scores(judge: Blip2Judge, pictures: list[Picture]) -> list[float]:
    return [float(one) for one in judge.judge("a red car", pictures)]


def _saved(folder: Path, *, small: bool) -> Path:
    if small:
        return save_tiny_blip2(folder / "tiny", layers=2, queries=4, side=56)
    torch.manual_seed(0)
    config = Blip2Config(
        vision_config={},  # the library's defaults are ViT-g
        qformer_config={"use_qformer_text_input": True, "vocab_size": 30523},
        num_query_tokens=32,
        image_text_hidden_size=256,
    )
    config.image_token_index = None
    model: Any = Blip2ForImageTextRetrieval(config).to(torch.bfloat16)
    model.save_pretrained(folder / "vit-g")
    word_pieces().save_pretrained(folder / "vit-g")
    size = {"height": 224, "width": 224}
    BlipImageProcessor(size=size).save_pretrained(folder / "vit-g")
    return folder / "vit-g"


def _image(picture: Picture) -> Image.Image:
    dice = np.random.default_rng(int(picture.id, 16))
    return Image.fromarray(dice.integers(0, 256, (224, 224, 3), dtype=np.uint8))
