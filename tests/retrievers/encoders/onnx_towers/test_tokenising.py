"""The tokens that open_clip's and transformers' own tokenizers give, cut and padded."""

from pathlib import Path
from typing import Any

import numpy as np
import open_clip
import pytest
from open_clip.tokenizer import HFTokenizer
from tokenizers import Tokenizer
from transformers import AutoTokenizer

from retrievers.encoder import EncoderError
from retrievers.encoders.onnx_towers.tokenising import (
    TextReader,
    of_open_clip,
    of_transformers,
    open_tokenizer,
)
from tests.retrievers.encoders import letter_tokenizers as letters
from tests.retrievers.encoders.onnx_towers.tiny_graphs import clip_tokenizer

TEXTS = [
    *("", " ", "a dog", "Two  RED\tcars,\nin the snow!", "it's a_dog &amp; a &lt;cat&gt;"),
    *("“curly” quotes don’t", "naïve café ﬁre", "１２３ ＡＢＣ", "犬と猫", "собака", "🐶 dog 🐱"),
    "a red car in the snow " * 50,
]


def rows(reader: TextReader) -> list[list[int]]:
    return [reader.read(text).ids[0].tolist() for text in TEXTS]


def test_open_clips_own_tokenizer_is_met(tmp_path: Path) -> None:
    clip_tokenizer().save_pretrained(tmp_path)
    tokenizer = open_tokenizer(tmp_path / "tokenizer.json")
    settings = of_open_clip({"text_cfg": {}}, {"pad_token": "!"}, tokenizer, None)
    theirs = open_clip.get_tokenizer("ViT-B-32")(TEXTS)
    assert rows(TextReader(tokenizer, settings)) == theirs.tolist()


@pytest.mark.parametrize("clean", ["whitespace", "canonicalize", "lower"])
def test_open_clips_tokenizer_around_transformers_is_met(clean: str, tmp_path: Path) -> None:
    letters.siglip2(padding_side="right").save_pretrained(tmp_path)
    tokenizer = open_tokenizer(tmp_path / "tokenizer.json")
    text = {"context_length": 20, "hf_tokenizer_name": "x", "tokenizer_kwargs": {"clean": clean}}
    settings = of_open_clip({"text_cfg": text}, {"pad_token": "<pad>"}, tokenizer, None)
    theirs = HFTokenizer(str(tmp_path), context_length=20, clean=clean)(TEXTS)
    assert rows(TextReader(tokenizer, settings)) == theirs.tolist()


def test_siglips_texts_are_in_lower_case_and_padded_to_sixty_four(tmp_path: Path) -> None:
    letters.siglip2(padding_side="right").save_pretrained(tmp_path)
    tokenizer = open_tokenizer(tmp_path / "tokenizer.json")
    words = {"pad_token": "<pad>"}
    settings = of_transformers({"model_type": "siglip"}, words, tokenizer, None)
    theirs = AutoTokenizer.from_pretrained(tmp_path)(
        [text.lower() for text in TEXTS],
        padding="max_length",
        max_length=64,
        truncation=True,
    )
    reader = TextReader(tokenizer, settings)
    assert rows(reader) == theirs["input_ids"]
    assert reader.read("a").mask.all()  # it was trained to see its padding


@pytest.mark.parametrize(("length", "padded"), [(None, False), (77, True)])
def test_clips_texts_are_padded_where_the_graph_wants_one_length(
    length: int | None, padded: bool, tmp_path: Path
) -> None:
    clip_tokenizer().save_pretrained(tmp_path)
    tokenizer = open_tokenizer(tmp_path / "tokenizer.json")
    words = {"pad_token": {"content": "<|endoftext|>"}}
    settings = of_transformers({"model_type": "clip"}, words, tokenizer, length)
    kept = AutoTokenizer.from_pretrained(tmp_path, pad_token="<|endoftext|>")
    reader = TextReader(tokenizer, settings)
    for text in TEXTS:
        padding: Any = "max_length" if padded else False
        theirs = kept(text, padding=padding, max_length=77, truncation=True)
        ids, mask = reader.read(text)
        assert ids[0].tolist() == theirs["input_ids"]
        np.testing.assert_array_equal(mask[0], theirs["attention_mask"])


def test_what_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(EncoderError, match="is no tokenizer"):
        open_tokenizer(tmp_path / "tokenizer.json")
    tokenizer: Tokenizer = clip_tokenizer().backend_tokenizer
    with pytest.raises(EncoderError, match=r"its model_type is 'blip'; served are .*siglip"):
        of_transformers({"model_type": "blip"}, {}, tokenizer, None)
    with pytest.raises(EncoderError, match="does not know the padding token '<no>'"):
        of_open_clip({}, {"pad_token": "<no>"}, tokenizer, None)
    with pytest.raises(EncoderError, match=r"does not say text_config\.max_position_embeddings"):
        of_transformers({"model_type": "metaclip_2"}, {}, tokenizer, None)
