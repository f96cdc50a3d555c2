"""Tiny single-tower embedders: the real classes, random weights, saved with their ST modules."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
import transformers as hf
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import Transformer
from sentence_transformers.sentence_transformer.modules import Normalize, Pooling

from retrievers.loading.quiet_transformers import quiet
from tests.agent.mllm.tiny_mllms import read_by, template

MARKS = ["<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>"]
GEMMA = {
    "boi_token": "<|image>",
    "eoi_token": "<image|>",
    "image_token": "<|image|>",
    "boa_token": "<|audio>",
    "eoa_token": "<audio|>",
    "audio_token": "<|audio|>",
}
PLAIN = (
    "{% for m in messages %}{% for c in m.content %}"
    "{% if c.type == 'image' %}<|image|>{% else %}{{ c.text }}{% endif %}"
    "{% endfor %}{% endfor %}"
)
"""EmbeddingGemma 2's parts in the order in which they are given, without roles."""


def qwen3_vl() -> tuple[Any, Any]:
    tokenizer = read_by(*MARKS)
    tokenizer.image_token, tokenizer.video_token = MARKS[2:]
    tokenizer.vision_bos_token, tokenizer.vision_eos_token = MARKS[:2]
    tokenizer.padding_side = "left"
    start, end, image, video = tokenizer.convert_tokens_to_ids(MARKS)
    config = hf.Qwen3VLConfig(
        text_config={
            "vocab_size": len(tokenizer),
            "hidden_size": 32,
            "intermediate_size": 48,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "num_key_value_heads": 1,
            "head_dim": 16,
            "max_position_embeddings": 4096,
            "bos_token_id": None,
            "eos_token_id": tokenizer.eos_token_id,
            "pad_token_id": tokenizer.pad_token_id,
            "rope_parameters": {
                "rope_type": "default",
                "rope_theta": 10000.0,
                "mrope_section": [2, 3, 3],
                "mrope_interleaved": True,
            },
        },
        vision_config={
            "depth": 2,
            "hidden_size": 32,
            "intermediate_size": 48,
            "num_heads": 2,
            "out_hidden_size": 32,
            "patch_size": 16,
            "num_position_embeddings": 64,
            "deepstack_visual_indexes": [0],
        },
        image_token_id=image,
        video_token_id=video,
        vision_start_token_id=start,
        vision_end_token_id=end,
    )
    processor = hf.Qwen3VLProcessor(
        image_processor=hf.Qwen2VLImageProcessor(
            patch_size=16, min_pixels=64 * 64, max_pixels=128 * 128
        ),
        tokenizer=tokenizer,
        video_processor=hf.Qwen3VLVideoProcessor(),
        chat_template=template("<|vision_start|><|image_pad|><|vision_end|>"),
    )
    return hf.Qwen3VLModel(config), processor


def embedding_gemma2(chat: bool = True) -> tuple[Any, Any]:
    tokenizer = read_by(*GEMMA.values(), "<|video|>", **GEMMA)
    ids = {name: tokenizer.convert_tokens_to_ids(token) for name, token in GEMMA.items()}
    config = hf.EmbeddingGemma2Config(
        text_config={
            "vocab_size": len(tokenizer) + 1,
            "hidden_size": 32,
            "intermediate_size": 48,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "num_key_value_heads": 1,
            "head_dim": 16,
            "global_head_dim": 16,
            "num_global_key_value_heads": 1,
            "sliding_window_pattern": 2,
            "hidden_size_per_layer_input": 16,
            "embedding_dim": 24,
            "pad_token_id": tokenizer.pad_token_id,
            "eos_token_id": tokenizer.eos_token_id,
            "bos_token_id": None,
        },
        vision_config={
            "model_type": "gemma4_vision",
            "hidden_size": 32,
            "intermediate_size": 48,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "num_key_value_heads": 2,
            "head_dim": 16,
            "position_embedding_size": 256,
        },
        boi_token_id=ids["boi_token"],
        eoi_token_id=ids["eoi_token"],
        image_token_id=ids["image_token"],
        boa_token_id=ids["boa_token"],
        eoa_token_index=ids["eoa_token"],
        audio_token_id=ids["audio_token"],
        video_token_id=tokenizer.convert_tokens_to_ids("<|video|>"),
    )
    processor = hf.EmbeddingGemma2Processor(
        feature_extractor=hf.Gemma4AudioFeatureExtractor(),
        image_processor=hf.Gemma4ImageProcessor(max_soft_tokens=70),
        tokenizer=tokenizer,
        video_processor=hf.EmbeddingGemma2VideoProcessor(),
        chat_template=PLAIN if chat else None,
    )
    return hf.EmbeddingGemma2Model(config), processor


def without_chat() -> tuple[Any, Any]:
    return embedding_gemma2(chat=False)


EMBEDDERS: Mapping[str, tuple[Callable[[], tuple[Any, Any]], str]] = {
    "qwen3_vl": (qwen3_vl, "lasttoken"),
    "embedding_gemma2": (embedding_gemma2, "mean"),
    "without_chat": (without_chat, "mean"),
}
"""How each is made, and how its states become one vector."""


def save(
    name: str, folder: Path, *, seed: int = 0, prompts: Mapping[str, str] | None = None
) -> Path:
    """Write the checkpoint of that name as its owner would upload it."""
    build, pooling = EMBEDDERS[name]
    torch.manual_seed(seed)
    with quiet():
        model, processor = build()
        for parameter in model.parameters():
            if parameter.dim() > 1:  # as initialised, every picture has almost the same vector
                torch.nn.init.normal_(parameter, std=0.2)
        bare = folder / "bare"
        model.save_pretrained(bare)
        processor.save_pretrained(bare)
        first = Transformer(str(bare))
        width = model.config.text_config
        modules = [
            first,
            Pooling(getattr(width, "embedding_dim", width.hidden_size), pooling_mode=pooling),
            Normalize(),
        ]
        SentenceTransformer(modules=modules, prompts=dict(prompts or {})).save(str(folder / "st"))
    return folder / "st"
