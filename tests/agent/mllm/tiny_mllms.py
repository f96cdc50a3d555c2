"""A tiny checkpoint of every family: the real classes, random weights, saved as any other."""

from pathlib import Path
from typing import Any

import torch
import transformers as hf
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from retrievers.loading.quiet_transformers import quiet

END, PAD = "<|im_end|>", "<|pad|>"
CORPUS = ["find a photo of a red car at night yes no the same dog on a beach image 1 2 3 answer"]
LABELS = ["yes", "no", "not sure"]
TEXT: dict[str, Any] = {
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 4096,
}
VISION: dict[str, Any] = {
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
}


def template(picture: str, *, opens: str = "<|im_start|>assistant\n") -> str:
    """Write a chat template with this text in the place of a picture."""
    return (
        "{% for m in messages %}<|im_start|>{{ m.role }}\n"
        "{% if m.content is string %}{{ m.content }}{% else %}{% for c in m.content %}"
        "{% if c.type == 'image' %}" + picture + "{% else %}{{ c.text }}{% endif %}"
        "{% endfor %}{% endif %}<|im_end|>\n{% endfor %}"
        "{% if add_generation_prompt %}" + opens + "{% endif %}"
    )


def read_by(*special: str, **named: str) -> Any:
    """Make a tokenizer of whole bytes with a few words, and these special tokens besides."""
    control = [PAD, "<|im_start|>", END, *special]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=330,
        special_tokens=control,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(CORPUS * 3, trainer)
    made = hf.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token=END,
        pad_token=PAD,
        model_max_length=4096,
        extra_special_tokens=named,
    )
    made.add_special_tokens({"additional_special_tokens": control})
    return made


def _text(tokenizer: Any, **more: Any) -> dict[str, Any]:
    ends = {"eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id}
    return TEXT | {"vocab_size": len(tokenizer), "bos_token_id": None} | ends | more


def qwen2_5_vl() -> tuple[Any, Any]:
    marks = ["<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>"]
    tokenizer = read_by(*marks)
    tokenizer.image_token, tokenizer.video_token = marks[2:]
    start, end, image, video = tokenizer.convert_tokens_to_ids(marks)
    rope = {"rope_type": "default", "rope_theta": 10000.0, "mrope_section": [2, 3, 3]}
    config = hf.Qwen2_5_VLConfig(
        text_config=_text(tokenizer, rope_parameters=rope),
        vision_config={
            "depth": 2,
            "hidden_size": 64,
            "intermediate_size": 64,
            "num_heads": 2,
            "out_hidden_size": 64,
            "fullatt_block_indexes": [1],
            "window_size": 56,
        },
        image_token_id=image,
        video_token_id=video,
        vision_start_token_id=start,
        vision_end_token_id=end,
    )
    processor = hf.Qwen2_5_VLProcessor(
        image_processor=hf.Qwen2VLImageProcessor(min_pixels=56 * 56, max_pixels=112 * 112),
        tokenizer=tokenizer,
        video_processor=hf.Qwen2VLVideoProcessor(),
        chat_template=template("<|vision_start|><|image_pad|><|vision_end|>"),
    )
    return hf.Qwen2_5_VLForConditionalGeneration(config), processor


def internvl() -> tuple[Any, Any]:
    tokenizer = read_by(
        start_image_token="<img>",
        end_image_token="</img>",
        context_image_token="<IMG_CONTEXT>",
        video_token="<video>",
    )
    config = hf.InternVLConfig(
        vision_config=VISION | {"image_size": [56, 56], "patch_size": [14, 14]},
        text_config=_text(tokenizer) | {"model_type": "qwen2"},
        image_token_id=tokenizer.convert_tokens_to_ids("<IMG_CONTEXT>"),
        image_seq_length=4,
    )
    processor = hf.InternVLProcessor(
        image_processor=hf.GotOcr2ImageProcessor(size={"height": 56, "width": 56}, max_patches=4),
        tokenizer=tokenizer,
        video_processor=hf.InternVLVideoProcessor(),
        image_seq_length=4,
        chat_template=template("<IMG_CONTEXT>\n"),
    )
    return hf.InternVLForConditionalGeneration(config), processor


TILES = ["<fake_token_around_image>", "<image>", "<end_of_utterance>", "<global-img>"]
TILED: dict[str, Any] = {
    "size": {"longest_edge": 112},
    "max_image_size": {"longest_edge": 56},
}
TILED_VISION = VISION | {"image_size": 56, "patch_size": 14}


def idefics3() -> tuple[Any, Any]:
    tokenizer = read_by(*TILES)
    config = hf.Idefics3Config(
        vision_config=TILED_VISION,
        text_config=_text(tokenizer) | {"model_type": "llama"},
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        scale_factor=2,
    )
    processor = hf.Idefics3Processor(
        hf.Idefics3ImageProcessor(**TILED),
        tokenizer,
        image_seq_len=4,
        chat_template=template("<image>"),
    )
    return hf.Idefics3ForConditionalGeneration(config), processor


def smolvlm() -> tuple[Any, Any]:
    tokenizer = read_by(*TILES, "<video>")
    config = hf.SmolVLMConfig(
        vision_config=TILED_VISION,
        text_config=_text(tokenizer) | {"model_type": "llama"},
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        scale_factor=2,
    )
    processor = hf.SmolVLMProcessor(
        hf.SmolVLMImageProcessor(**TILED),
        tokenizer,
        hf.SmolVLMVideoProcessor(
            video_sampling={"fps": 1, "max_frames": 4, "video_size": {"longest_edge": 56}}
        ),
        image_seq_len=4,
        chat_template=template("<image>", opens="Assistant:"),
    )
    return hf.SmolVLMForConditionalGeneration(config), processor


def llava() -> tuple[Any, Any]:
    tokenizer = read_by("<image>")
    config = hf.LlavaConfig(
        vision_config=hf.CLIPVisionConfig(
            **VISION, image_size=56, patch_size=14, projection_dim=32
        ).to_dict(),
        text_config=_text(tokenizer) | {"model_type": "llama"},
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
    )
    processor = hf.LlavaProcessor(
        hf.CLIPImageProcessor(size={"shortest_edge": 56}, crop_size={"height": 56, "width": 56}),
        tokenizer,
        patch_size=14,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=template("<image>\n", opens="ASSISTANT:"),
    )
    return hf.LlavaForConditionalGeneration(config), processor


def blip2(language: Any = None) -> tuple[Any, Any]:
    tokenizer = read_by("<image>")
    text = language or hf.OPTConfig(
        vocab_size=len(tokenizer),
        hidden_size=64,
        ffn_dim=96,
        num_hidden_layers=2,
        num_attention_heads=4,
        word_embed_proj_dim=64,
        max_position_embeddings=512,
        bos_token_id=tokenizer.eos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    config = hf.Blip2Config(
        vision_config=VISION | {"image_size": 56, "patch_size": 14},
        qformer_config={
            "hidden_size": 64,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "intermediate_size": 96,
            "encoder_hidden_size": 64,
        },
        text_config=text.to_dict(),
        num_query_tokens=8,
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
    )
    processor = hf.Blip2Processor(
        hf.BlipImageProcessor(size={"height": 56, "width": 56}), tokenizer, num_query_tokens=8
    )
    return hf.Blip2ForConditionalGeneration(config), processor


def blip2_t5() -> tuple[Any, Any]:
    tokenizer = read_by("<image>")
    return blip2(
        hf.T5Config(
            vocab_size=len(tokenizer),
            d_model=64,
            d_ff=96,
            d_kv=16,
            num_layers=2,
            num_heads=4,
            decoder_start_token_id=tokenizer.pad_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )


def llama() -> tuple[Any, Any]:
    tokenizer = read_by()
    tokenizer.chat_template = template("")
    return hf.LlamaForCausalLM(hf.LlamaConfig(**_text(tokenizer))), tokenizer


SEEING = {
    make.__name__: make
    for make in (qwen2_5_vl, internvl, idefics3, smolvlm, llava, blip2, blip2_t5)
}
FAMILIES = SEEING | {"llama": llama}


def save(family: str, folder: Path) -> Path:
    """Make a checkpoint of a family whose answers depend on what it is shown."""
    torch.manual_seed(0)
    with quiet():
        model, processor = FAMILIES[family]()
        for parameter in model.parameters():
            if parameter.dim() > 1:  # as initialised, every picture gets the same answer
                torch.nn.init.normal_(parameter, std=0.12)
        model.save_pretrained(folder)
        processor.save_pretrained(folder)
    return folder
