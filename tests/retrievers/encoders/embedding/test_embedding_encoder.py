"""Single-tower embedders of the real classes: vectors equal a forward written by hand."""

import shutil
import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import AutoModel, AutoProcessor

from retrievers.encoder import Encoder, EncoderError, Vectors, composer, encode_documents
from retrievers.encoders.embedding.families import FAMILIES
from retrievers.encoders.load import load_encoder
from tests.retrievers.encoders.embedding.tiny_embedders import save
from tests.retrievers.encoders.hub_cache import cached

Embedder = Callable[[str], Path]
NAMES = ["embedding_gemma2", "qwen3_vl"]
TEXTS = ["a dog", "two red cars in the snow at night", "sky"]
LONG = "a red car in the snow " * 400
ASKED = {
    "qwen3_vl": "Retrieve images or text relevant to the user's query.",
    "embedding_gemma2": "task: search result | query: ",
}
STORED = {
    "qwen3_vl": "Represent the user's input.",
    "embedding_gemma2": "title: none | text: ",
}
SHOWN = {"qwen3_vl": "Represent the user's input.", "embedding_gemma2": ""}
every = pytest.mark.parametrize("name", NAMES)


class ByHand:
    """transformers alone: one input at a time, no padding, pooled and scaled here."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self.processor = name, AutoProcessor.from_pretrained(folder)
        self.model = AutoModel.from_pretrained(folder).eval()

    def row(self, parts: Sequence[str | Image.Image], prompt: str) -> Vectors:
        content = [
            {"type": "text", "text": part}
            if isinstance(part, str)
            else {"type": "image", "image": part}
            for part in parts
        ]
        turns: list[dict[str, Any]] = [{"role": "user", "content": content}]
        if prompt:
            said = [{"type": "text", "text": prompt}]
            turns.insert(0, {"role": "system", "content": said})
        inputs = self.processor.apply_chat_template(
            [turns], tokenize=True, return_dict=True, return_tensors="pt"
        )
        with torch.inference_mode():
            states = self.model(**inputs).last_hidden_state[0]  # [tokens, d]
        whole = states[-1] if self.name == "qwen3_vl" else states.mean(dim=0)
        row: Vectors = (whole / whole.norm()).numpy()
        return row


def composed(encoder: Encoder, images: Sequence[Image.Image], words: Sequence[str]) -> Vectors:
    compose = composer(encoder)
    assert compose is not None
    return compose(images, words)


def test_every_family_of_the_table_is_tried() -> None:
    assert sorted(FAMILIES) == NAMES


@every
def test_each_role_equals_a_forward_by_hand(
    name: str, embedder: Embedder, pictures: list[Image.Image]
) -> None:
    by_hand, encoder = ByHand(name, embedder(name)), load_encoder(f"embedding:{embedder(name)}")
    shown = [pictures[0], pictures[3], pictures[5]]
    expected = [by_hand.row([text], ASKED[name]) for text in TEXTS]
    np.testing.assert_allclose(encoder.encode_texts(TEXTS), expected, atol=1e-5)
    expected = [by_hand.row([text], STORED[name]) for text in TEXTS]
    np.testing.assert_allclose(encode_documents(encoder, TEXTS), expected, atol=1e-5)
    expected = [by_hand.row([image], SHOWN[name]) for image in shown]
    np.testing.assert_allclose(encoder.encode_images(shown), expected, atol=1e-5)
    expected = [by_hand.row([*pair], ASKED[name]) for pair in zip(shown, TEXTS, strict=True)]
    np.testing.assert_allclose(composed(encoder, shown, TEXTS), expected, atol=1e-5)


@every
def test_words_first_is_another_joint_vector_and_another_name(
    name: str, embedder: Embedder, pictures: list[Image.Image]
) -> None:
    usual = load_encoder(f"embedding:{embedder(name)}")
    other = load_encoder(f"embedding:{embedder(name)}?first=words")
    row = composed(other, pictures[:1], ["in red"])[0]
    by_hand = ByHand(name, embedder(name)).row(["in red", pictures[0]], ASKED[name])
    np.testing.assert_allclose(row, by_hand, atol=1e-5)
    assert not np.allclose(row, composed(usual, pictures[:1], ["in red"])[0], atol=1e-3)
    assert other.name != usual.name


@every
def test_padding_and_company_change_nothing(
    name: str, embedder: Embedder, pictures: list[Image.Image]
) -> None:
    encoder = load_encoder(f"embedding:{embedder(name)}", batch=4)
    texts = [*TEXTS, LONG, "Two DOGS", "a", ""]
    for encode in (encoder.encode_texts, lambda some: encode_documents(encoder, some)):
        alone = np.concatenate([encode([text]) for text in texts])
        np.testing.assert_allclose(encode(texts), alone, atol=1e-5)
    alone = np.concatenate([encoder.encode_images([one]) for one in pictures])
    np.testing.assert_allclose(encoder.encode_images(pictures), alone, atol=1e-5)
    assert len(np.unique(alone.round(4), axis=0)) == len(pictures)
    pairs = list(zip(pictures, texts, strict=True))
    alone = np.concatenate([composed(encoder, [image], [text]) for image, text in pairs])
    np.testing.assert_allclose(composed(encoder, pictures, texts), alone, atol=1e-5)


@every
def test_a_cut_vector_is_the_beginning_of_the_whole_one_at_length_1(
    name: str, embedder: Embedder, pictures: list[Image.Image]
) -> None:
    whole = load_encoder(f"embedding:{embedder(name)}")
    cut = load_encoder(f"embedding:{embedder(name)}?dim=8")
    assert (cut.dim, whole.dim) == (8, {"qwen3_vl": 32, "embedding_gemma2": 24}[name])
    for of_cut, of_whole in (
        (cut.encode_texts(TEXTS), whole.encode_texts(TEXTS)),
        (cut.encode_images(pictures), whole.encode_images(pictures)),
        (composed(cut, pictures[:3], TEXTS), composed(whole, pictures[:3], TEXTS)),
    ):
        beginning = of_whole[:, :8] / np.linalg.norm(of_whole[:, :8], axis=1, keepdims=True)
        np.testing.assert_allclose(of_cut, beginning, atol=1e-6)
        np.testing.assert_allclose(np.linalg.norm(of_cut, axis=1), 1, atol=1e-6)
        assert of_cut.dtype == np.float32 and of_cut.flags.c_contiguous
    assert cut.encode_images([]).shape == cut.encode_texts([]).shape == (0, 8)
    assert cut.name != whole.name
    assert load_encoder(f"embedding:{embedder(name)}?dim={whole.dim}").name == whole.name


@every
def test_what_is_said_before_a_text_changes_only_its_role(
    name: str, embedder: Embedder, pictures: list[Image.Image]
) -> None:
    usual, by_hand = load_encoder(f"embedding:{embedder(name)}"), ByHand(name, embedder(name))
    asked = load_encoder(f"embedding:{embedder(name)}?instruction=Find a %26 b: is it so?")
    row = by_hand.row(["sky"], "Find a & b: is it so?")
    np.testing.assert_allclose(asked.encode_texts(["sky"])[0], row, atol=1e-5)
    np.testing.assert_array_equal(asked.encode_images(pictures), usual.encode_images(pictures))
    shown = load_encoder(f"embedding:{embedder(name)}?picture=Look.&document=Keep.")
    row = by_hand.row([pictures[0]], "Look.")
    np.testing.assert_allclose(shown.encode_images(pictures[:1])[0], row, atol=1e-5)
    row = by_hand.row(["sky"], "Keep.")
    np.testing.assert_allclose(encode_documents(shown, ["sky"])[0], row, atol=1e-5)
    assert len({usual.name, asked.name, shown.name}) == 3


def test_an_instruction_of_qwen_ends_in_punctuation(embedder: Embedder) -> None:
    one, other = (
        load_encoder(f"embedding:{embedder('qwen3_vl')}?instruction={said}")
        for said in ("Find it", "Find it.")
    )
    assert one.name == other.name
    np.testing.assert_array_equal(one.encode_texts(TEXTS), other.encode_texts(TEXTS))


@every
def test_the_checkpoints_own_prompts_are_taken(name: str, tmp_path: Path) -> None:
    own = {"SearchQuery": "look for: ", "Document": "this is: "}
    folder = save(name, tmp_path, prompts=own)
    encoder, by_hand = load_encoder(f"embedding:{folder}"), ByHand(name, folder)
    if name == "qwen3_vl":  # whose prompt is a turn, which is written without spaces around it
        own = {key: said.strip() for key, said in own.items()}
    row = by_hand.row(["sky"], own["SearchQuery"])
    np.testing.assert_allclose(encoder.encode_texts(["sky"])[0], row, atol=1e-5)
    row = by_hand.row(["sky"], own["Document"])
    np.testing.assert_allclose(encode_documents(encoder, ["sky"])[0], row, atol=1e-5)


@pytest.mark.parametrize(
    ("name", "option", "side"),
    [("qwen3_vl", "pixels=8192", 90), ("embedding_gemma2", "tokens=140", 567)],
)
def test_the_budget_of_a_picture_changes_its_vector_and_the_name(
    name: str, option: str, side: int, embedder: Embedder
) -> None:
    dice = np.random.default_rng(1)
    image = Image.fromarray(dice.integers(0, 256, (400, 500, 3), dtype=np.uint8))
    usual = load_encoder(f"embedding:{embedder(name)}")
    other = load_encoder(f"embedding:{embedder(name)}?{option}")
    assert other.image_size == side != usual.image_size
    assert option in other.name
    assert not np.allclose(usual.encode_images([image]), other.encode_images([image]), atol=1e-3)


@pytest.mark.parametrize(
    ("name", "option", "says"),
    [
        ("qwen3_vl", "dim=33", "dim must be in 1..32, the length of its vectors; got 33"),
        ("qwen3_vl", "tokens=70", "tokens is no bound of a qwen3_vl model; it knows pixels"),
        ("qwen3_vl", "pixels=9", "pixels must be at least 1024, one token's; got 9"),
        ("embedding_gemma2", "pixels=9", "no bound of a embedding_gemma2 model; it knows tokens"),
        ("embedding_gemma2", "tokens=71", "tokens: `max_soft_tokens` must be one of"),
    ],
)
def test_an_option_that_does_not_fit_is_refused(
    name: str, option: str, says: str, embedder: Embedder
) -> None:
    with pytest.raises(EncoderError, match=says) as caught:
        load_encoder(f"embedding:{embedder(name)}?{option}")
    assert "\n" not in str(caught.value)


@every
def test_a_text_is_a_text_whatever_it_looks_like(
    name: str, embedder: Embedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.new("RGB", (64, 64), "red").save(tmp_path / "red.png")
    calls: list[object] = []
    monkeypatch.setattr(socket.socket, "connect", lambda _, where: calls.append(where))
    encoder, by_hand = load_encoder(f"embedding:{embedder(name)}"), ByHand(name, embedder(name))
    for text in ("http://127.0.0.1:9/red.png", str(tmp_path / "red.png"), "data:image/png;base64,"):
        row = by_hand.row([text], ASKED[name])
        np.testing.assert_allclose(encoder.encode_texts([text])[0], row, atol=1e-5)
    assert not calls


@every
@pytest.mark.parametrize("mark", ["<|image_pad|>", "<|image|>", "<|im_end|>\n<|im_start|>system"])
def test_marks_of_pictures_and_turns_in_a_text_are_only_left_out(
    name: str, mark: str, embedder: Embedder, pictures: list[Image.Image]
) -> None:
    encoder = load_encoder(f"embedding:{embedder(name)}")
    if mark in {str(one) for one in ByHand(name, embedder(name)).processor.tokenizer.get_vocab()}:
        rows = encoder.encode_texts([f"a{mark}dog", "a dog"])
        np.testing.assert_allclose(rows[0], rows[1], atol=1e-6)
    joint = composed(encoder, pictures[:1], [f"in {mark} red"])
    assert np.linalg.norm(joint) == pytest.approx(1, abs=1e-5)


def test_the_name_changes_with_all_files_but_not_with_the_place(
    embedder: Embedder, tmp_path: Path
) -> None:
    first = load_encoder(f"embedding:{embedder('qwen3_vl')}").name
    assert first.startswith("embedding:qwen3_vl#")
    moved = shutil.copytree(embedder("qwen3_vl"), tmp_path / "mo?dim=ved")
    assert load_encoder(f"embedding:{moved}").name == first
    template = moved / "chat_template.jinja"
    template.write_text(template.read_text() + " ")
    second = load_encoder(f"embedding:{moved}").name
    pooling = moved / "1_Pooling" / "config.json"
    pooling.write_text(pooling.read_text().replace("lasttoken", "mean"))
    third = load_encoder(f"embedding:{moved}").name
    assert len({first, second, third}) == 3


def test_a_commit_of_the_hub_is_named(embedder: Embedder, unreachable_hub: Path) -> None:
    for seed, (revision, commit) in enumerate([("main", "a" * 40), ("v1", "b" * 40)]):
        made = save("qwen3_vl", unreachable_hub / f"made{seed}", seed=seed)
        shutil.copytree(
            made, cached(unreachable_hub, "our/qwen", revision, commit), dirs_exist_ok=True
        )
    newest, older = (
        load_encoder(f"embedding:our/qwen{which}") for which in ("?dim=8", "@v1?dim=8")
    )
    assert newest.name.startswith(f"embedding:our/qwen@{'a' * 40}?dim=8&pixels=16384&")
    assert older.name.startswith(f"embedding:our/qwen@{'b' * 40}?")
    same = load_encoder(f"embedding:{embedder('qwen3_vl')}?dim=8")
    dog = same.encode_texts(["a dog"])
    np.testing.assert_allclose(newest.encode_texts(["a dog"]), dog, atol=1e-6)
    assert not np.allclose(older.encode_texts(["a dog"]), dog, atol=1e-3)


@every
def test_half_the_bits_point_the_same_way(
    name: str, embedder: Embedder, pictures: list[Image.Image]
) -> None:
    full = load_encoder(f"embedding:{embedder(name)}")
    half = load_encoder(f"embedding:{embedder(name)}", dtype="bfloat16")
    assert half.name == full.name
    rows = half.encode_images(pictures[:2])
    assert rows.dtype == np.float32
    assert (rows * full.encode_images(pictures[:2])).sum(axis=1).min() > 0.97
    assert (half.encode_texts(TEXTS) * full.encode_texts(TEXTS)).sum(axis=1).min() > 0.97


def test_lengths_to_cut_to_are_those_that_the_family_was_trained_for(embedder: Embedder) -> None:
    folder, sizes = embedder("qwen3_vl"), FAMILIES["qwen3_vl"].sizes
    made = load_encoder(f"embedding:{folder}")
    assert made.sizes == ()  # type: ignore[attr-defined] # none is below 32
    assert sorted(sizes) == [64, 128, 256, 512, 1024]
    assert sorted(FAMILIES["embedding_gemma2"].sizes) == [128, 256, 512]
