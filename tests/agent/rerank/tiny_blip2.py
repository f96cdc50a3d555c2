"""A BLIP-2 of the real architecture with random weights, saved and loaded as any other."""

from pathlib import Path

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import (
    BertTokenizerFast,
    Blip2Config,
    Blip2ForImageTextRetrieval,
    BlipImageProcessor,
)

LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


def save_tiny_blip2(
    folder: Path, *, layers: int = 12, queries: int = 32, side: int = 112, std: float = 0.2
) -> Path:
    """Make a checkpoint whose scores depend on what it is shown.

    Args:
        folder: where to.
        layers: of the image tower.
        queries: of the Q-Former.
        side: of a picture, in pixels.
        std: of the Q-Former's weights; as initialised, every picture would score the same.
    """
    torch.manual_seed(0)
    config = Blip2Config(
        vision_config={
            "hidden_size": 64,
            "intermediate_size": 128,
            "num_hidden_layers": layers,
            "num_attention_heads": 4,
            "image_size": side,
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
        num_query_tokens=queries,
        image_text_hidden_size=32,
    )
    config.image_token_index = None
    model = Blip2ForImageTextRetrieval(config)
    for name, parameter in model.named_parameters():
        if parameter.dim() > 1:
            torch.nn.init.normal_(parameter, std=0.2 if name.startswith("vision_model") else std)
    model.save_pretrained(folder)
    word_pieces().save_pretrained(folder)
    BlipImageProcessor(size={"height": side, "width": side}).save_pretrained(folder)
    return folder


def word_pieces() -> BertTokenizerFast:
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    pieces = special + list(LETTERS) + [f"##{letter}" for letter in LETTERS]
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return BertTokenizerFast(tokenizer_object=tokenizer)
