"""A BLIP-2 of the real architecture with random weights, saved and loaded as any other."""

from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import (
    BertTokenizerFast,
    Blip2Config,
    Blip2ForImageTextRetrieval,
    BlipImageProcessor,
)

LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


@pytest.fixture(scope="session")
def tiny_blip2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("blip2")
    torch.manual_seed(0)
    config = Blip2Config(
        vision_config={
            "hidden_size": 64,
            "intermediate_size": 128,
            "num_hidden_layers": 12,
            "num_attention_heads": 4,
            "image_size": 112,
            "patch_size": 14,
        },
        qformer_config={
            "vocab_size": 128,
            "hidden_size": 64,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "intermediate_size": 128,
            "encoder_hidden_size": 64,
            "use_qformer_text_input": True,
        },
        num_query_tokens=32,
        image_text_hidden_size=32,
    )
    config.image_token_index = None
    model = Blip2ForImageTextRetrieval(config)
    for parameter in model.parameters():
        if parameter.dim() > 1:  # as initialised, every picture scores the same
            torch.nn.init.normal_(parameter, std=0.2)
    model.save_pretrained(folder)
    _bert_tokenizer().save_pretrained(folder)
    BlipImageProcessor(size={"height": 112, "width": 112}).save_pretrained(folder)
    return folder


def _bert_tokenizer() -> BertTokenizerFast:
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    pieces = special + list(LETTERS) + [f"##{letter}" for letter in LETTERS]
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return BertTokenizerFast(tokenizer_object=tokenizer)
