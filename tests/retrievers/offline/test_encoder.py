import importlib
import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from retrievers.encoder import EncoderError
from retrievers.offline.concepts import likeliest
from retrievers.offline.encoder import OfflineEncoder
from retrievers.offline.towers import TextTower, VisionTower, pixels, text_tower
from retrievers.offline.weights import TEXT, TOKENIZER, VISION, locate

TEXTS = [
    "a dog",
    "two cats asleep on a very long sofa in the evening light, with snow outside",
    "",
    "word " * 400,
]


def picture(seed: int, width: int = 90, height: int = 60) -> Image.Image:
    chance = np.random.default_rng(seed)
    image = Image.fromarray(chance.integers(0, 255, (height, width, 3), dtype=np.uint8))
    ImageDraw.Draw(image).ellipse((0, 0, width - 1, height - 1), fill="orange")
    return image


@pytest.fixture(scope="module")
def encoder() -> OfflineEncoder:
    return OfflineEncoder(threads=2)


def test_the_image_tower_equals_the_published_network() -> None:
    """The reference is the network's own package, run by torch."""
    lite = importlib.import_module("efficientnet_lite_pytorch")
    network = lite.EfficientNet.from_name("efficientnet-lite2").eval()
    network.load_state_dict(torch.load(locate(VISION), weights_only=True))
    images = [picture(seed) for seed in range(3)]
    with torch.inference_mode():
        seen = np.concatenate([pixels(image) for image in images]).transpose(0, 3, 1, 2)
        wanted = network((torch.from_numpy(seen.astype(np.float32)) - 127) / 128).numpy()
    np.testing.assert_allclose(VisionTower(threads=2).logits(images), wanted, atol=1e-3)


def test_the_text_tower_equals_transformers_on_the_same_weights() -> None:
    from transformers import AutoModel, PreTrainedTokenizerFast

    folder = locate(TEXT).parent
    model = AutoModel.from_pretrained(folder).eval()
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(locate(TOKENIZER)), pad_token="[PAD]")
    read = tokenizer(TEXTS, padding=True, truncation=True, max_length=128, return_tensors="pt")
    read.pop("token_type_ids", None)
    with torch.inference_mode():
        states = model(**read).last_hidden_state  # [n, t, 384]
    mask = read["attention_mask"][..., None]
    wanted = torch.nn.functional.normalize((states * mask).sum(1), dim=-1).numpy()
    cosines = (TextTower(threads=2).vectors(TEXTS) * wanted).sum(axis=1)
    assert cosines.min() > 0.9999


def test_rows_are_unit_float32_and_do_not_depend_on_their_company(encoder: OfflineEncoder) -> None:
    images = [picture(seed, *size) for seed, size in enumerate([(90, 60), (30, 200), (1, 1)])]
    together = encoder.encode_images(images)
    assert together.dtype == np.float32 and together.shape == (3, encoder.dim)
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    alone = np.concatenate([encoder.encode_images([image]) for image in images])
    np.testing.assert_allclose(together, alone, atol=1e-6)
    texts = encoder.encode_texts(TEXTS)
    np.testing.assert_allclose(np.linalg.norm(texts, axis=1), 1, atol=1e-5)
    singly = np.concatenate([encoder.encode_texts([text]) for text in TEXTS])
    np.testing.assert_allclose(texts, singly, atol=1e-5)


def test_nothing_gives_no_rows(encoder: OfflineEncoder) -> None:
    assert encoder.encode_images([]).shape == (0, encoder.dim)
    assert encoder.encode_texts([]).shape == (0, encoder.dim)


def test_likeliest_keeps_twenty_classes_that_sum_to_one() -> None:
    logits = np.random.default_rng(0).standard_normal((4, 1000)).astype(np.float32)
    kept = likeliest(logits)
    assert ((kept > 0).sum(axis=1) == 20).all()
    np.testing.assert_allclose(kept.sum(axis=1), 1, atol=1e-5)
    assert (kept.argmax(axis=1) == logits.argmax(axis=1)).all()


def test_a_description_names_classes_with_falling_probabilities(encoder: OfflineEncoder) -> None:
    (named,) = encoder.describe([picture(1)], most=5)
    shares = [share for _, share in named]
    assert len(named) == 5 and shares == sorted(shares, reverse=True) and 0 < sum(shares) <= 1


def test_a_search_loads_neither_torch_nor_transformers_nor_the_image_tower() -> None:
    script = (
        "import sys; from retrievers.offline.encoder import OfflineEncoder;"
        "e = OfflineEncoder(threads=1); e.encode_texts(['a boat']);"
        "assert '_vision' not in vars(e);"
        "print([m for m in ('torch', 'transformers', 'open_clip') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert done.stdout == b"[]\n"


def test_weights_that_are_not_installed_are_named_with_the_remedy() -> None:
    with pytest.raises(EncoderError, match=r"no_such_package/x are not installed; run `dialens"):
        locate(("no_such_package", "x"))


def test_states_of_many_texts_are_those_of_each() -> None:
    texts = ["a dog", "two boats at sea", "a cat", "", "boats"]
    together = text_tower().states_of(texts)
    for text, one in zip(texts, together, strict=True):
        alone = text_tower().states(text)
        assert one.spans == alone.spans
        np.testing.assert_allclose(one.states, alone.states, atol=1e-4)
