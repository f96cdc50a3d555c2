"""What keeping what BLIP-2's image tower saw saves: 128 candidates reranked for 20 queries.

Seconds are CPU seconds, so that other work on the machine does not count. Weights are random, of
the real architecture and far smaller than the published ones; there the image tower is a larger
part still (ViT-g: 1 B parameters, the Q-Former 0.2 B).

    python -m benchmarks.blip2 CHECKPOINT [--queries 20] [--candidates 128]
"""

import argparse
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
import torch
from PIL import Image
from transformers import AutoImageProcessor, AutoTokenizer, Blip2ForImageTextRetrieval

from agent.rerank.blip2 import Blip2, Blip2Judge
from retrievers.hit import Picture


@dataclass(frozen=True, slots=True)
class Figures:
    """CPU seconds and bytes of one run.

    Attributes:
        filling: the image tower over all candidates, once.
        kept: a query over what was kept, read from disk.
        pair_by_pair: a query's pairs through the library's forward, pixels and all.
        megabytes: of what was kept, over all candidates.
    """

    filling: float
    kept: float
    pair_by_pair: float
    megabytes: float

    @property
    def ratio(self) -> float:
        """How many times faster the kept way is once filled."""
        return self.pair_by_pair / self.kept


def measure(
    checkpoint: Path, *, candidates: int = 128, queries: int = 20, by_pair: int | None = None
) -> Figures:
    """Time both ways in this process, on the same pictures and words.

    Args:
        checkpoint: a folder with a BLIP-2 for retrieval.
        candidates: pictures per query.
        queries: texts that are reranked from what was kept.
        by_pair: how many of them are also scored pair by pair; None: all.
    """
    asked = queries if by_pair is None else by_pair
    pictures = [_picture(number) for number in range(candidates)]
    images = {picture.id: _noise(int(picture.id, 16)) for picture in pictures}
    texts = [f"a photo of thing {number}" for number in range(queries)]
    with tempfile.TemporaryDirectory() as folder:
        judge = Blip2Judge(Blip2(str(checkpoint)), lambda one: images[one.id], kept=Path(folder))
        filling = _seconds(lambda: judge.judge("warm up", pictures))
        kept = _seconds(lambda: [judge.judge(text, pictures) for text in texts])
        size = sum(file.stat().st_size for file in Path(folder).rglob("*.npz")) / 1e6
    pair = _pair(checkpoint)
    pair(images[pictures[0].id], texts[0])
    slow = _seconds(lambda: [pair(image, t) for t in texts[:asked] for image in images.values()])
    return Figures(filling, kept / queries, slow / asked, size)


def _pair(checkpoint: Path) -> Callable[[Image.Image, str], float]:
    """Return the library's own way: one picture, one text, ITM and ITC each a whole forward."""
    model: Any = Blip2ForImageTextRetrieval.from_pretrained(checkpoint).eval()
    processor: Any = AutoImageProcessor.from_pretrained(checkpoint)
    tokenizer: Any = AutoTokenizer.from_pretrained(checkpoint)

    def score(image: Image.Image, text: str) -> float:
        seen = processor(image, return_tensors="pt")
        read = tokenizer(text, return_tensors="pt")
        inputs = {
            "pixel_values": seen["pixel_values"],
            "input_ids": read["input_ids"],
            "attention_mask": read["attention_mask"],
        }
        with torch.inference_mode():
            itm = model(**inputs, use_image_text_matching_head=True).logits_per_image[0, 1]
            itc = model(**inputs).logits_per_image[0, 0]
        return float(itm + itc)

    return score


def _seconds(act: Callable[[], object]) -> float:
    begin = process_time()
    act()
    return process_time() - begin


def _picture(number: int) -> Picture:
    return Picture(f"{number:016x}", f"{number:064x}", (Path(f"/{number}.png"),), 90, 120, 1)


def _noise(seed: int) -> Image.Image:
    pixels = np.random.default_rng(seed).integers(0, 255, (120, 90, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("checkpoint", type=Path, help="a folder with a BLIP-2 for retrieval")
    parser.add_argument("--candidates", type=int, default=128)
    parser.add_argument("--queries", type=int, default=20)
    asked = parser.parse_args()
    got = measure(asked.checkpoint, candidates=asked.candidates, queries=asked.queries)
    print(f"{asked.candidates} candidates x {asked.queries} queries")
    print(f"image tower, once: {got.filling:.1f} s, {got.megabytes:.1f} MB kept")
    print(f"a query from what was kept: {got.kept:.2f} s; pair by pair: {got.pair_by_pair:.2f} s")
    print(f"ratio: {got.ratio:.1f}")


if __name__ == "__main__":
    main()
