from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import AutoImageProcessor, AutoTokenizer, Blip2ForImageTextRetrieval

from agent.mllm.mllm import MllmError
from agent.rerank.blip2 import Blip2, Blip2Judge, caption
from agent.rerank.pointwise import PointwiseReranker
from benchmarks.blip2 import measure
from retrievers.hit import Hit, Picture

TEXTS = ["a red boat at dusk", "two cats", "rain"]


def noise(seed: int) -> Image.Image:
    pixels = np.random.default_rng(seed).integers(0, 255, (120, 90, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


def picture(number: int) -> Picture:
    digest = f"{number:064x}"
    return Picture(f"{number:016x}", digest, (Path(f"/{number}.png"),), 90, 120, 1)


def pixels(picture: Picture) -> Image.Image:
    return noise(int(picture.id, 16))


@pytest.fixture(scope="module")
def blip2(tiny_blip2: Path) -> Blip2:
    return Blip2(str(tiny_blip2))


def reference(folder: Path, image: Image.Image, text: str) -> tuple[float, float]:
    """One picture and one text through the library's own forward: ITM logit and ITC cosine."""
    model = Blip2ForImageTextRetrieval.from_pretrained(folder).eval()
    seen = AutoImageProcessor.from_pretrained(folder)(image, return_tensors="pt")
    read = AutoTokenizer.from_pretrained(folder)(caption(text), return_tensors="pt")
    inputs = {
        "pixel_values": seen["pixel_values"],
        "input_ids": read["input_ids"],
        "attention_mask": read["attention_mask"],
    }
    with torch.inference_mode():
        itm = model(**inputs, use_image_text_matching_head=True).logits_per_image[0, 1]
        itc = model(**inputs).logits_per_image[0, 0]
    return float(itm), float(itc)


def test_batched_scores_equal_the_librarys_forward_pair_by_pair(
    blip2: Blip2, tiny_blip2: Path
) -> None:
    images = [noise(seed) for seed in range(4)]
    seen = blip2.see(images)
    wanted = [[sum(reference(tiny_blip2, image, text)) for text in TEXTS] for image in images]
    by_text = torch.stack([blip2.score_pictures(seen, text) for text in TEXTS], dim=1)  # [N, T]
    by_picture = torch.stack([blip2.score_texts(one, TEXTS) for one in seen])  # [N, T]
    assert np.ptp(wanted, axis=0).min() > 0.01, "the random model does not look at its pictures"
    np.testing.assert_allclose(by_text.numpy(), wanted, atol=1e-4)
    np.testing.assert_allclose(by_picture.numpy(), wanted, atol=1e-4)


def test_itc_is_the_cosine_of_the_best_query(blip2: Blip2, tiny_blip2: Path) -> None:
    cosines = blip2.itc(blip2.see([noise(1), noise(2)]), TEXTS)
    assert cosines.shape == (2, 3)
    assert float(cosines.abs().max()) <= 1 + 1e-5
    assert float(cosines[1, 2]) == pytest.approx(
        reference(tiny_blip2, noise(2), TEXTS[2])[1], abs=1e-5
    )


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ('A dog. "Rex"! (old)', "a dog rex old"),
        ("word " * 60, " ".join(["word"] * 50)),
        ("it's 5-6 o'clock", "it's 5-6 o'clock"),
    ],
)
def test_captions_are_written_as_in_lavis(text: str, written: str) -> None:
    assert caption(text) == written


def test_a_long_text_is_cut_and_still_scored(blip2: Blip2) -> None:
    assert torch.isfinite(blip2.score_pictures(blip2.see([noise(1)]), "boat " * 400)).all()


def test_what_was_seen_is_kept_and_scores_the_same(blip2: Blip2, tmp_path: Path) -> None:
    pictures = [picture(number) for number in range(5)]
    fresh = Blip2Judge(blip2, pixels).judge("a boat", pictures)
    judge = Blip2Judge(blip2, pixels, kept=tmp_path / "seen")
    assert judge.judge("a boat", pictures) == pytest.approx(fresh, abs=1e-5)

    def blind(_: Picture) -> Image.Image:
        raise AssertionError("a kept picture was looked at again")

    again = Blip2Judge(blip2, blind, kept=tmp_path / "seen").judge("a boat", pictures)
    assert again == pytest.approx(fresh, abs=0.02)  # kept as float16
    assert sorted(path.name for path in (tmp_path / "seen" / blip2.mark).iterdir()) == [
        f"{one.id}.npz" for one in pictures
    ]


def test_the_reranker_orders_by_itm_plus_itc(blip2: Blip2) -> None:
    hits = [Hit(picture(number), 1 / number, number) for number in range(1, 8)]
    scores = Blip2Judge(blip2, pixels).judge("two cats", [hit.picture for hit in hits])
    *_, order = PointwiseReranker(Blip2Judge(blip2, pixels, batch=3)).orders("two cats", hits)
    best_first = [hits[place].picture.id for place in np.argsort(-np.array(scores))]
    assert [hit.picture.id for hit in order] == best_first


def test_kept_pictures_make_reranking_five_times_faster_than_pair_by_pair(
    tiny_blip2: Path,
) -> None:
    figures = measure(tiny_blip2, candidates=64, queries=5, by_pair=1)
    assert figures.ratio >= 5


def test_a_folder_without_a_model_is_named_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(MllmError, match=r"cannot load BLIP-2 from .*; name a local folder"):
        Blip2(str(tmp_path))
