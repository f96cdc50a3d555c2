"""open_clip's kinds of architecture with tiny random weights, by file and by folder."""

import os
import pickle
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import open_clip
import pytest
import torch
from open_clip import pretrained
from PIL import Image

from retrievers.encoder import EncoderError, Vectors
from retrievers.encoders.load import load_encoder
from tests.retrievers.encoders import letter_tokenizers
from tests.retrievers.encoders.hub_cache import cached
from tests.retrievers.encoders.tiny_open_clip import (
    ARCHITECTURES,
    PREPROCESSING,
    register,
    save_folder,
    save_weights,
)

Weights = Callable[[str], Path]
TEXTS = ["a dog", "Two red cars in the snow at night!", "sky", ""]
LONG = "a red car in the snow " * 100
every = pytest.mark.parametrize("arch", [one for one in ARCHITECTURES if one != "tiny-words"])


@pytest.fixture(scope="session", autouse=True)
def registered(tmp_path_factory: pytest.TempPathFactory) -> None:
    register(tmp_path_factory.mktemp("architectures"))


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory, registered: None) -> Weights:
    made: dict[str, Path] = {}

    def saved(arch: str) -> Path:
        if arch not in made:
            made[arch] = save_weights(arch, tmp_path_factory.mktemp(arch))
        return made[arch]

    return saved


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_folder(tmp_path_factory.mktemp("folder"))


def direct(model_name: str, file: str | None, images: list[Image.Image]) -> tuple[Vectors, Vectors]:
    """What open_clip's own documented call gives."""
    model, _, preprocess = open_clip.create_model_and_transforms(model_name, pretrained=file)
    pixels = torch.stack([preprocess(image) for image in images])
    ids = open_clip.get_tokenizer(model_name)(TEXTS)
    model.eval()
    with torch.inference_mode():
        seen, read = model.encode_image(pixels), model.encode_text(ids)
    return unit(seen), unit(read)


def unit(features: torch.Tensor) -> Vectors:
    rows: Vectors = torch.nn.functional.normalize(features, dim=-1).numpy()
    return rows


@every
@pytest.mark.parametrize("kind", ["safetensors", "pt"])
def test_vectors_are_those_of_the_librarys_direct_forward(
    arch: str, kind: str, weights: Weights, pictures: list[Image.Image]
) -> None:
    file, images = weights(arch) / f"weights.{kind}", [pictures[0], pictures[3], pictures[5]]
    seen, read = direct(arch, str(file), images)
    encoder = load_encoder(f"open_clip:{arch}/{file}", device="cpu")
    np.testing.assert_allclose(encoder.encode_images(images), seen, atol=1e-5)
    np.testing.assert_allclose(encoder.encode_texts(TEXTS), read, atol=1e-5)
    assert encoder.dim == seen.shape[1]
    assert re.fullmatch(rf"open_clip:{arch}#[0-9a-f]{{12}}", encoder.name)


@every
def test_mixed_sizes_equal_one_by_one_as_unit_rows(
    arch: str, weights: Weights, pictures: list[Image.Image]
) -> None:
    encoder = load_encoder(f"open_clip:{arch}/{weights(arch)}/weights.safetensors", batch=4)
    together = encoder.encode_images(pictures)
    alone = np.concatenate([encoder.encode_images([one]) for one in pictures])
    np.testing.assert_allclose(together, alone, atol=1e-5)
    for rows in (together, encoder.encode_texts([*TEXTS, LONG])):
        assert rows.dtype == np.float32
        assert rows.flags.c_contiguous
        np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)
    assert encoder.encode_images([]).shape == encoder.encode_texts([]).shape == (0, encoder.dim)


@every
def test_a_long_text_is_cut_where_the_tower_ends(arch: str, weights: Weights) -> None:
    encoder = load_encoder(f"open_clip:{arch}/{weights(arch)}/weights.safetensors")
    first, second = encoder.encode_texts([LONG, LONG + "two dogs on a beach"])
    np.testing.assert_allclose(first, second, atol=1e-6)


@every
def test_half_the_bits_point_the_same_way(
    arch: str, weights: Weights, pictures: list[Image.Image]
) -> None:
    spec = f"open_clip:{arch}/{weights(arch)}/weights.safetensors"
    full, half = load_encoder(spec), load_encoder(spec, dtype="bfloat16")
    assert half.name == full.name
    assert (half.encode_images(pictures[:1]) * full.encode_images(pictures[:1])).sum() > 0.98
    assert (half.encode_texts(TEXTS) * full.encode_texts(TEXTS)).sum(axis=1).min() > 0.98


@pytest.mark.parametrize("prefix", ["open_clip:", "open_clip:local-dir:"])
def test_a_folder_brings_its_preprocessing_and_tokenizer(
    prefix: str, folder: Path, pictures: list[Image.Image]
) -> None:
    seen, read = direct(f"local-dir:{folder}", None, pictures)
    encoder = load_encoder(f"{prefix}{folder}")
    np.testing.assert_allclose(encoder.encode_images(pictures), seen, atol=1e-5)
    np.testing.assert_allclose(encoder.encode_texts(TEXTS), read, atol=1e-5)
    encoder.encode_texts([LONG])
    assert re.fullmatch(r"open_clip:#[0-9a-f]{12}", encoder.name)


def test_two_checkpoints_never_share_a_name(weights: Weights, tmp_path: Path) -> None:
    one = load_encoder(f"open_clip:tiny-ViT/{weights('tiny-ViT')}/weights.safetensors")
    other = save_weights("tiny-ViT", tmp_path, seed=1)
    assert load_encoder(f"open_clip:tiny-ViT/{other}/weights.safetensors").name != one.name


def test_a_pickle_that_would_run_code_is_refused(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
            return os.mkdir, (str(tmp_path / "the code was run"),)

    (tmp_path / "trap.pt").write_bytes(pickle.dumps({"state_dict": Trap()}, protocol=2))
    torch.save({"state_dict": Trap()}, tmp_path / "saved.pt")
    for file in ("trap.pt", "saved.pt"):
        with pytest.raises(EncoderError, match="cannot load 'tiny-ViT': "):
            load_encoder(f"open_clip:tiny-ViT/{tmp_path / file}")
    assert not (tmp_path / "the code was run").exists()


def test_weights_of_another_architecture_are_refused(weights: Weights) -> None:
    file = weights("tiny-RN") / "weights.safetensors"
    with pytest.raises(EncoderError, match=r"cannot load 'tiny-ViT': Error\(s\) in loading"):
        load_encoder(f"open_clip:tiny-ViT/{file}")


@pytest.mark.parametrize(
    ("which", "says"),
    [
        ("ViTB32/openai", r"neither a folder nor ARCH/TAG; close to 'ViTB32' are ViT-B-32"),
        (
            "ViT-B-32/nothing",
            r"'nothing' is neither a file nor a tag of ViT-B-32; its tags .*openai",
        ),
        ("tiny-ViT/nothing", r"its tags are none"),
        ("", "name a folder"),
    ],
)
def test_what_is_not_there_is_named_with_what_is(which: str, says: str) -> None:
    with pytest.raises(EncoderError, match=says):
        load_encoder(f"open_clip:{which}")


def test_a_folder_without_weights_is_refused(folder: Path, tmp_path: Path) -> None:
    config = (folder / "open_clip_config.json").read_text()
    (tmp_path / "open_clip_config.json").write_text(config)
    with pytest.raises(EncoderError, match="holds no weights"):
        load_encoder(f"open_clip:{tmp_path}")


def test_a_tag_brings_its_weights_preprocessing_and_activation(
    weights: Weights,
    unreachable_hub: Path,
    pictures: list[Image.Image],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = cached(unreachable_hub, "our/weights", "main", "a" * 40)
    shutil.copy(weights("tiny-ViT") / "weights.safetensors", folder / "open_clip_model.safetensors")
    tag = {"hf_hub": "our/weights/", "quick_gelu": True, **PREPROCESSING}
    monkeypatch.setitem(pretrained._PRETRAINED, "tiny-ViT", {"ours": tag})
    encoder = load_encoder("open_clip:tiny-ViT/ours")
    assert encoder.name == "open_clip:tiny-ViT/ours"
    assert load_encoder("open_clip:tiny-ViT/ours@main").name.endswith(f"/ours@{'a' * 40}")
    model, preprocess = open_clip.create_model_from_pretrained(
        "tiny-ViT", "ours", force_quick_gelu=True
    )
    model.eval()
    with torch.inference_mode():
        seen = unit(model.encode_image(torch.stack([preprocess(one) for one in pictures])))
    np.testing.assert_allclose(encoder.encode_images(pictures), seen, atol=1e-5)


def test_a_tokenizer_of_the_hub_is_taken_with_its_cleaning(
    weights: Weights, unreachable_hub: Path
) -> None:
    words = cached(unreachable_hub, "our/words", "main", "c" * 40)
    letter_tokenizers.siglip2(padding_side="right").save_pretrained(words)
    encoder = load_encoder(f"open_clip:tiny-words/{weights('tiny-words')}/weights.safetensors")
    rows = encoder.encode_texts(["A dog!", "a dog", "a cat", LONG])
    np.testing.assert_allclose(rows[0], rows[1], atol=1e-6)
    assert not np.allclose(rows[1], rows[2], atol=1e-3)


def test_a_file_gets_the_preprocessing_its_published_kin_agree_on(
    weights: Weights, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = f"open_clip:tiny-ViT/{weights('tiny-ViT')}/weights.safetensors"
    usual = Image.new("RGB", (20, 60), (200, 30, 90))
    plain = load_encoder(spec).encode_images([usual])
    monkeypatch.setitem(
        pretrained._PRETRAINED, "tiny-ViT", {"a": PREPROCESSING, "b": PREPROCESSING}
    )
    assert not np.allclose(load_encoder(spec).encode_images([usual]), plain, atol=1e-3)
    odd = {"a": PREPROCESSING, "b": PREPROCESSING | {"mean": [0.0] * 3}}
    monkeypatch.setitem(pretrained._PRETRAINED, "tiny-ViT", odd)
    np.testing.assert_allclose(load_encoder(spec).encode_images([usual]), plain, atol=1e-6)
