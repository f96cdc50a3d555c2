"""A tiny checkpoint of every family: the real classes, random weights, saved as any other."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
import transformers as hf
from transformers.utils import logging

from tests.retrievers.encoders import letter_tokenizers as letters

TEXT = {
    "vocab_size": 128,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
}
VISION = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "image_size": 32,
    "patch_size": 8,
}
SIGLIP_TEXT = TEXT | {"bos_token_id": None, "eos_token_id": 1, "pad_token_id": 1}
CLIP_TEXT = TEXT | {"bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 1}
AS_PUBLISHED = {"model_input_names": ["input_ids"], "padding_side": "right"}
SIDE = {"height": 32, "width": 32}
CROP: dict[str, Any] = {"size": {"shortest_edge": 32}, "crop_size": SIDE}


def clip(_: Path) -> tuple[Any, Any]:
    config = hf.CLIPConfig(text_config=CLIP_TEXT, vision_config=VISION, projection_dim=16)
    processor = hf.CLIPProcessor(hf.CLIPImageProcessor(**CROP), letters.clip())
    return hf.CLIPModel(config), processor


def groupvit(_: Path) -> tuple[Any, Any]:
    vision = VISION | {"depths": [1, 1], "num_group_tokens": [4, 0], "num_output_groups": [4, 2]}
    config = hf.GroupViTConfig(
        text_config=CLIP_TEXT,
        vision_config=vision,
        projection_dim=16,
        projection_intermediate_dim=32,
    )
    processor = hf.CLIPProcessor(hf.CLIPImageProcessor(**CROP), letters.clip())
    return hf.GroupViTModel(config), processor


def aimv2(_: Path) -> tuple[Any, Any]:
    config = hf.Aimv2Config(text_config=CLIP_TEXT, vision_config=VISION, projection_dim=16)
    processor = hf.CLIPProcessor(hf.CLIPImageProcessor(**CROP), letters.clip())
    return hf.Aimv2Model(config), processor


def metaclip_2(_: Path) -> tuple[Any, Any]:
    text = TEXT | {"bos_token_id": 0, "eos_token_id": 2, "pad_token_id": 1}
    config = hf.MetaClip2Config(text_config=text, vision_config=VISION, projection_dim=16)
    processor = hf.CLIPProcessor(hf.CLIPImageProcessor(**CROP), letters.xlm_roberta())
    return hf.MetaClip2Model(config), processor


def altclip(_: Path) -> tuple[Any, Any]:
    text = TEXT | {"max_position_embeddings": 514, "project_dim": 24, "pad_token_id": 1}
    config = hf.AltCLIPConfig(
        text_config=text, vision_config=VISION | {"projection_dim": 16}, projection_dim=16
    )
    processor = hf.AltCLIPProcessor(hf.CLIPImageProcessor(**CROP), letters.xlm_roberta())
    return hf.AltCLIPModel(config), processor


def chinese_clip(_: Path) -> tuple[Any, Any]:
    config = hf.ChineseCLIPConfig(text_config=TEXT, vision_config=VISION, projection_dim=16)
    processor = hf.ChineseCLIPProcessor(
        hf.ChineseCLIPImageProcessor(size=SIDE, crop_size=SIDE), letters.bert()
    )
    return hf.ChineseCLIPModel(config), processor


def align(_: Path) -> tuple[Any, Any]:
    vision = {
        "image_size": 32,
        "width_coefficient": 0.25,
        "depth_coefficient": 0.25,
        "hidden_dim": 32,
    }
    config = hf.AlignConfig(text_config=TEXT, vision_config=vision, projection_dim=80)
    images = hf.EfficientNetImageProcessor(size=SIDE, crop_size=SIDE)
    return hf.AlignModel(config), hf.AlignProcessor(images, letters.bert())


def flava(_: Path) -> tuple[Any, Any]:
    config = hf.FlavaConfig(
        text_config=TEXT,
        image_config=VISION,
        multimodal_config={key: TEXT[key] for key in TEXT if key != "vocab_size"},
        image_codebook_config={},
        projection_dim=16,
        hidden_size=32,
    )
    images = hf.FlavaImageProcessor(size=SIDE, crop_size=SIDE)
    return hf.FlavaModel(config), hf.FlavaProcessor(images, letters.bert())


def siglip(folder: Path) -> tuple[Any, Any]:
    config = hf.SiglipConfig(text_config=SIGLIP_TEXT, vision_config=VISION)
    processor = hf.SiglipProcessor(hf.SiglipImageProcessor(size=SIDE), letters.siglip(folder))
    return hf.SiglipModel(config), processor


def siglip2_fixed(_: Path) -> tuple[Any, Any]:
    config = hf.SiglipConfig(text_config=SIGLIP_TEXT, vision_config=VISION)
    processor = hf.SiglipProcessor(
        hf.SiglipImageProcessor(size=SIDE), letters.siglip2(**AS_PUBLISHED)
    )
    return hf.SiglipModel(config), processor


def siglip2_naflex(_: Path) -> tuple[Any, Any]:
    vision = {key: VISION[key] for key in VISION if key != "image_size"} | {"num_patches": 16}
    config = hf.Siglip2Config(text_config=SIGLIP_TEXT, vision_config=vision)
    images = hf.Siglip2ImageProcessor(patch_size=8, max_num_patches=16)
    return hf.Siglip2Model(config), hf.Siglip2Processor(images, letters.siglip2(**AS_PUBLISHED))


def tipsv2(_: Path) -> tuple[Any, Any]:
    vision = {key: VISION[key] for key in VISION if key != "intermediate_size"}
    config = hf.Tipsv2Config(text_config=TEXT, vision_config=vision)
    processor = hf.Tipsv2Processor(hf.Tipsv2ImageProcessor(size=SIDE), letters.tipsv2())
    return hf.Tipsv2Model(config), processor


def vision_text_dual_encoder(_: Path) -> tuple[Any, Any]:
    config = hf.VisionTextDualEncoderConfig.from_vision_text_configs(
        hf.ViTConfig(**VISION), hf.BertConfig(**TEXT), projection_dim=16
    )
    images = hf.ViTImageProcessor(size=SIDE)
    processor = hf.VisionTextDualEncoderProcessor(images, letters.bert())
    return hf.VisionTextDualEncoderModel(config), processor


CHECKPOINTS: Mapping[str, Callable[[Path], tuple[Any, Any]]] = {
    build.__name__: build
    for build in (
        aimv2,
        align,
        altclip,
        chinese_clip,
        clip,
        flava,
        groupvit,
        metaclip_2,
        siglip,
        siglip2_fixed,
        siglip2_naflex,
        tipsv2,
        vision_text_dual_encoder,
    )
}


def save(name: str, folder: Path, *, seed: int = 0) -> Path:
    """Write the checkpoint of that name as its owner would upload it."""
    torch.manual_seed(seed)
    model, processor = CHECKPOINTS[name](folder)
    for parameter in model.parameters():
        if parameter.dim() > 1:  # as initialised, every picture has almost the same vector
            torch.nn.init.normal_(parameter, std=0.2)
    logging.disable_progress_bar()
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder
