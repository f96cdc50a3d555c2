"""Threads that share a loaded network are answered as one thread alone."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from agent.mllm.mllm import Message
from agent.mllm.offline_mllm import OfflineMllm
from agent.mllm.transformers_mllm import TransformersMllm
from agent.ocr import TextReader, can_read
from agent.rerank.blip2 import Blip2, Blip2Judge
from agent.rerank.cross_encoder import cross_encoder_judge
from retrievers.encoders.load import load_encoder
from retrievers.hit import Picture
from tests.agent.mllm import tiny_mllms
from tests.agent.rerank.tiny_blip2 import save_tiny_blip2
from tests.agent.signs import sign
from tests.retrievers.encoders import tiny_checkpoints, tiny_open_clip
from tests.threads import assert_threads_are_answered_as_one

TEXTS = ["a dog", "Two red cars in the snow at night, and a boat behind them", "", "sky " * 20]


@pytest.fixture(autouse=True)
def one_thread_each() -> Any:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def noise(seed: int) -> Image.Image:
    side = 40 + 28 * (seed % 4)
    pixels = np.random.default_rng(seed).integers(0, 255, (side, 90, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


def picture(number: int) -> Picture:
    return Picture(f"{number:016x}", f"{number:064x}", (Path(f"/{number}.png"),), 90, 120, 1)


def pixels(picture: Picture) -> Image.Image:
    return noise(int(picture.id, 16))


@pytest.mark.parametrize("family", ["qwen2_5_vl", "smolvlm", "llama"])
def test_an_mllm(family: str, tmp_path: Path) -> None:
    mllm = TransformersMllm(tiny_mllms.save(family, tmp_path))
    shown = [[noise(seed)] if mllm.sees else [] for seed in range(4)]
    asked = [
        [Message("user", (*some, f"find {text}"))] for some, text in zip(shown, TEXTS, strict=True)
    ]

    def ask(messages: list[Message]) -> Any:
        chosen = mllm.choose(messages, ["yes", "no", "not sure"])
        return mllm.generate(messages, max_tokens=6), chosen.round(5).tolist()

    assert_threads_are_answered_as_one(ask, asked, mllm._opened.model)
    assert mllm.usage.calls == 2 * 4 * (4 + 1)


def test_a_blip2_whose_sights_are_kept(tmp_path: Path) -> None:
    blip2 = Blip2(str(save_tiny_blip2(tmp_path / "blip2")))
    judge = Blip2Judge(blip2, pixels, kept=tmp_path / "seen")
    pictures = [picture(number) for number in range(3)]
    judge.judge("", pictures)

    def ask(text: str) -> list[float]:
        fresh = blip2.score_pictures(blip2.see([noise(7)]), text)
        return [round(one, 4) for one in [*judge.judge(text, pictures), *fresh.tolist()]]

    assert_threads_are_answered_as_one(ask, TEXTS, blip2.model)


def test_one_picture_may_be_kept_by_two_threads_at_once(tmp_path: Path) -> None:
    blip2 = Blip2(str(save_tiny_blip2(tmp_path / "blip2")))
    judge = Blip2Judge(blip2, pixels, kept=tmp_path / "seen")
    alone = Blip2Judge(blip2, pixels)

    def ask(number: int) -> bool:
        kept = judge.judge("a boat", [picture(number)])
        return kept == pytest.approx(alone.judge("a boat", [picture(number)]), abs=0.02)

    assert_threads_are_answered_as_one(ask, [1, 1, 2, 2])


def test_a_cross_encoder(tmp_path: Path) -> None:
    library = pytest.importorskip("sentence_transformers")
    from sentence_transformers.base.modules import Transformer
    from sentence_transformers.cross_encoder.modules import LogitScore

    qwen, folder = tiny_mllms.save("qwen2_5_vl", tmp_path / "qwen"), str(tmp_path / "scorer")
    body = Transformer(str(qwen), transformer_task="any-to-any")
    ids = [body.tokenizer(word, add_special_tokens=False)["input_ids"][0] for word in ("yes", "no")]
    library.CrossEncoder(modules=[body, LogitScore(*ids)]).save_pretrained(folder)
    judge = cross_encoder_judge(pixels, checkpoint=folder, device="cpu")

    def ask(number: int) -> list[float]:
        return [round(one, 5) for one in judge.judge(TEXTS[number], [picture(number)])]

    assert_threads_are_answered_as_one(ask, [0, 1, 3], judge.model)


def _open_clip(folder: Path) -> str:
    tiny_open_clip.register(folder / "architectures")
    weights = tiny_open_clip.save_weights("tiny-ViT", folder) / "weights.safetensors"
    return f"open_clip:tiny-ViT/{weights}"


def _saved(family: str) -> Callable[[Path], str]:
    return lambda folder: f"transformers:{tiny_checkpoints.save(family, folder / family)}"


@pytest.mark.parametrize(
    "spec",
    [_open_clip, _saved("clip"), _saved("siglip2_naflex"), lambda _: "offline"],
    ids=["open_clip", "clip", "siglip2", "offline"],
)
def test_an_encoder(spec: Callable[[Path], str], tmp_path: Path) -> None:
    (tmp_path / "architectures").mkdir()
    encoder = load_encoder(spec(tmp_path), threads=1)

    def ask(number: int) -> Any:
        texts = encoder.encode_texts(TEXTS[: number + 1])
        return texts.round(5).tolist(), encoder.encode_images([noise(number)]).round(5).tolist()

    assert_threads_are_answered_as_one(ask, [0, 1, 2], getattr(encoder, "network", None))


@pytest.mark.skipif(not can_read(), reason="pip install 'dialens[ocr]'")
def test_the_ocr() -> None:
    reader = TextReader(threads=1)
    signs = [sign(text) for text in ("EXIT", "Room 215")]
    assert_threads_are_answered_as_one(lambda at: reader.lines(signs[at]), [0, 1])


def test_the_small_language_model() -> None:
    pytest.importorskip("xllamacpp")
    model = OfflineMllm(threads=1, reads=False)
    asked = [Message("user", (json.dumps(text),)) for text in ("a red dog", "two boats")]
    assert_threads_are_answered_as_one(
        lambda message: model.generate([message], max_tokens=4), asked
    )
