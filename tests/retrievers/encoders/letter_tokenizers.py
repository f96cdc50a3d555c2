"""Real tokenizer classes with an alphabet for a vocabulary: every letter is a token."""

from pathlib import Path
from typing import Any

import sentencepiece
from tokenizers import processors
from transformers import (
    BertTokenizer,
    CLIPTokenizer,
    Siglip2Tokenizer,
    SiglipTokenizer,
    Tipsv2Tokenizer,
    XLMRobertaTokenizer,
)

LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
WORDS = "a photo of the red car in snow at night with two dogs on a beach under blue sky"


def clip() -> CLIPTokenizer:
    pieces = ["<|startoftext|>", "<|endoftext|>", *LETTERS, *(f"{one}</w>" for one in LETTERS)]
    return CLIPTokenizer(vocab=_numbered(pieces), merges=[], model_max_length=77)


def bert() -> BertTokenizer:
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    pieces = [*special, *LETTERS, *(f"##{one}" for one in LETTERS)]
    return BertTokenizer(vocab=_numbered(pieces), model_max_length=512)


def xlm_roberta() -> XLMRobertaTokenizer:
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    pieces = [(one, 0.0) for one in special] + [(one, -3.0) for one in ["▁", *LETTERS]]
    return XLMRobertaTokenizer(vocab=pieces, model_max_length=512)


def siglip(folder: Path) -> SiglipTokenizer:
    prefix = str(folder / "spiece")
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([WORDS, " ".join(LETTERS)] * 20),
        model_prefix=prefix,
        vocab_size=64,
        hard_vocab_limit=False,
        pad_id=-1,
        bos_id=-1,
        eos_id=1,
        unk_id=0,
        minloglevel=2,
    )
    return SiglipTokenizer(f"{prefix}.model", model_input_names=["input_ids"])


def siglip2(**options: Any) -> Siglip2Tokenizer:
    special = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>"]
    tokenizer = Siglip2Tokenizer(vocab=_numbered([*special, "▁", *LETTERS]), merges=[], **options)
    return _ending_with(tokenizer, "<eos>", 1)


def tipsv2() -> Tipsv2Tokenizer:
    return Tipsv2Tokenizer(vocab=_numbered(["<pad>", "<unk>", "▁", *LETTERS]), merges=[])


def _numbered(pieces: list[str]) -> dict[str, int]:
    return {piece: number for number, piece in enumerate(pieces)}


def _ending_with(tokenizer: Any, piece: str, number: int) -> Any:
    tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single=f"$A {piece}", special_tokens=[(piece, number)]
    )
    return tokenizer
