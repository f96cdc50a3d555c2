"""Bit by bit what open_clip's and transformers' own code makes of pictures of every shape."""

from typing import Any

import numpy as np
import pytest
from open_clip.transform import PreprocessCfg, image_transform_v2
from PIL import Image
from transformers import (
    CLIPImageProcessor,
    CLIPImageProcessorPil,
    SiglipImageProcessor,
    SiglipImageProcessorPil,
)

from retrievers.encoder import EncoderError
from retrievers.encoders.onnx_towers.pixel_settings import By, of_open_clip, of_transformers
from retrievers.encoders.onnx_towers.preprocessing import pixels

SIZES = [(40, 60), (60, 40), (3, 3), (1, 1), (33, 32), (32, 33), (3, 40), (47, 30), (2, 25)]
SIZES += [(32, 32), (301, 401), (640, 427), (224, 225), (65, 32)]
MODES = ["RGB", "L", "RGBA", "LA", "CMYK", "1"]
NORMAL = {"mean": [0.48145466, 0.4578275, 0.40821073], "std": [0.26862954, 0.26130258, 0.27577711]}
HALF = {"mean": [0.5] * 3, "std": [0.5] * 3}


def picture(size: tuple[int, int], mode: str = "RGB") -> Image.Image:
    dice = np.random.default_rng(size[0] * 1000 + size[1])
    noise = dice.integers(0, 256, (size[1], size[0], 4), dtype=np.uint8)
    return (
        Image.fromarray(noise, "RGBA").convert(mode)
        if mode != "RGB"
        else Image.fromarray(noise[..., :3].copy())
    )


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("resize_mode", ["shortest", "squash", "longest"])
@pytest.mark.parametrize("interpolation", ["bicubic", "bilinear"])
@pytest.mark.parametrize("normal", [NORMAL, HALF], ids=["clip", "siglip"])
def test_open_clips_transform_is_met(
    size: tuple[int, int], resize_mode: str, interpolation: str, normal: dict[str, Any]
) -> None:
    said = {"size": 32, "resize_mode": resize_mode, "interpolation": interpolation, **normal}
    theirs = image_transform_v2(PreprocessCfg(**said), is_train=False)
    ours = pixels(picture(size), of_open_clip(said))
    np.testing.assert_array_equal(ours[0], theirs(picture(size)).numpy())


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("size", [(301, 401), (33, 47)])
def test_open_clips_transform_is_met_in_every_mode(size: tuple[int, int], mode: str) -> None:
    said = {"size": [32, 32], "resize_mode": "shortest", "interpolation": "bicubic", **NORMAL}
    theirs = image_transform_v2(PreprocessCfg(**said), is_train=False)
    ours = pixels(picture(size, mode), of_open_clip(said))
    np.testing.assert_array_equal(ours[0], theirs(picture(size, mode)).numpy())


PROCESSORS = {
    "clip": CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size=32),
    "clip_larger": CLIPImageProcessorPil(size={"shortest_edge": 41}, crop_size=32),
    "siglip": SiglipImageProcessorPil(size={"height": 32, "width": 32}),
    "siglip2": SiglipImageProcessorPil(size={"height": 32, "width": 24}, resample=2),
    "unscaled": SiglipImageProcessorPil(size={"height": 32, "width": 32}, do_rescale=False),
    "unnormalised": SiglipImageProcessorPil(size={"height": 32, "width": 32}, do_normalize=False),
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", PROCESSORS)
def test_transformers_processor_is_met(size: tuple[int, int], name: str) -> None:
    theirs = PROCESSORS[name](
        images=picture(size), input_data_format="channels_last", return_tensors="np"
    )
    ours = pixels(picture(size), of_transformers(PROCESSORS[name].to_dict()))
    np.testing.assert_array_equal(ours, theirs["pixel_values"])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ["clip", "siglip2"])
def test_transformers_processor_is_met_in_every_mode(mode: str, name: str) -> None:
    shown = picture((301, 401), mode)
    theirs = PROCESSORS[name](images=shown, return_tensors="np")
    ours = pixels(shown, of_transformers(PROCESSORS[name].to_dict()))
    np.testing.assert_array_equal(ours, theirs["pixel_values"])


USUAL = {
    "clip": CLIPImageProcessor(size={"shortest_edge": 32}, crop_size=32),
    "clip_larger": CLIPImageProcessor(size={"shortest_edge": 41}, crop_size=32),
    "siglip": SiglipImageProcessor(size={"height": 32, "width": 32}),
    "siglip2": SiglipImageProcessor(size={"height": 32, "width": 24}, resample=2),
    "unscaled": SiglipImageProcessor(size={"height": 32, "width": 32}, do_rescale=False),
    "unnormalised": SiglipImageProcessor(size={"height": 32, "width": 32}, do_normalize=False),
}


CASES = [
    (name, size)
    for name in USUAL
    for size in (*SIZES, (3000, 41), (41, 3000))
    if not name.startswith("clip") or max(size) <= 16 * min(size)  # else cut by us, not by it
]


@pytest.mark.parametrize(("name", "size"), CASES)
def test_transformers_usual_processor_on_tensors_is_met(name: str, size: tuple[int, int]) -> None:
    theirs = USUAL[name](
        images=picture(size), input_data_format="channels_last", return_tensors="np"
    )
    ours = pixels(picture(size), of_transformers(USUAL[name].to_dict(), By.TORCHVISION))
    np.testing.assert_array_equal(ours, theirs["pixel_values"])


def test_the_sizes_of_old_files_are_read() -> None:
    old = {"size": 32, "crop_size": 32, "do_center_crop": True, "resample": 3}
    new = PROCESSORS["clip"].to_dict()
    shown = picture((60, 40))
    ours = pixels(shown, of_transformers(old))
    np.testing.assert_array_equal(ours, pixels(shown, of_transformers(new)))


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ({"patch_size": 16, "max_num_patches": 256}, "not of one fixed size"),
        ({"size": {"longest_edge": 32}}, "resizing pictures to {'longest_edge': 32} is not"),
        ({"do_resize": False}, "not of one fixed size"),
    ],
)
def test_what_is_not_known_is_refused(said: dict[str, Any], says: str) -> None:
    with pytest.raises(EncoderError, match=says):
        of_transformers(said)


def test_an_unknown_fit_of_open_clip_is_refused() -> None:
    with pytest.raises(EncoderError, match="resize_mode 'stretch' is not supported"):
        of_open_clip({"resize_mode": "stretch"})
