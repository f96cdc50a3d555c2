"""Which file of a folder is which part of a dual encoder: two layouts that hubs carry.

transformers.js has `onnx/vision_model….onnx` and `onnx/text_model….onnx`, with its settings beside
them as transformers writes them; Immich has `visual/model.onnx` and `textual/model.onnx`, with the
settings of open_clip.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from retrievers.encoder import EncoderError
from retrievers.encoders.onnx_towers.spec import SUFFIXES

SETTINGS = ("*.json",)
"""Patterns of the small files that belong to any precision."""

_JS = {tower: f"onnx/{tower}_model" for tower in ("vision", "text")}
_IMMICH = {"vision": "visual/model", "text": "textual/model"}


@dataclass(frozen=True, slots=True)
class Layout:
    """The files of one dual encoder in one precision.

    Attributes:
        settings: the small files, by what they say.
    """

    folder: Path
    precision: str
    vision: Path
    text: Path
    tokenizer: Path
    settings: Mapping[str, Path]
    of_open_clip: bool


def wanted(precision: str) -> list[str]:
    """Return patterns of what to get from a hub for that precision; fp32 if empty."""
    suffix = SUFFIXES[precision or "fp32"]
    graphs = [f"{stem}{suffix}.onnx" for stem in _JS.values()]
    graphs += [] if suffix else [f"{stem}.onnx" for stem in _IMMICH.values()]
    beside = [f"{graph}{ending}" for graph in graphs for ending in ("", "_data*", ".data")]
    return [*SETTINGS, "visual/*.json", "textual/*.json", *beside]


def read_layout(folder: Path, precision: str = "") -> Layout:
    """Find the files of a folder.

    Args:
        folder: a local one, or a hub's snapshot.
        precision: one of `SUFFIXES`; empty: the best that is there.

    Raises:
        EncoderError: it has neither layout, or not in that precision.
    """
    if (folder / "visual").is_dir():
        return _immich(folder, precision)
    there = [one for one in SUFFIXES if _graph(folder, "vision", one).is_file()]
    if not there:
        raise EncoderError(
            f"{folder} holds no onnx/vision_model.onnx or visual/model.onnx"
            + (" (name a precision, such as #int8)" if not precision else "")
        )
    if precision and precision not in there:
        raise EncoderError(f"{folder} has no {precision} weights; it has {', '.join(there)}")
    chosen = precision or there[0]
    settings = {
        "config": folder / "config.json",
        "pixels": _first(folder / "preprocessor_config.json", folder / "processor_config.json"),
        "words": folder / "tokenizer_config.json",
        "export": folder / EXPORT,
    }
    return _complete(
        Layout(
            folder,
            chosen,
            _graph(folder, "vision", chosen),
            _graph(folder, "text", chosen),
            folder / "tokenizer.json",
            {what: path for what, path in settings.items() if path.is_file()},
            of_open_clip=False,
        ),
        ("config", "pixels"),
    )


EXPORT = "dialens.json"
"""What an export of ours says of itself beside transformers.js's own files."""


def _immich(folder: Path, precision: str) -> Layout:
    if precision not in ("", "fp32"):
        raise EncoderError(f"{folder} has no {precision} weights; it has fp32")
    settings = {
        "config": folder / "config.json",
        "pixels": folder / "visual" / "preprocess_cfg.json",
        "words": folder / "textual" / "tokenizer_config.json",
    }
    return _complete(
        Layout(
            folder,
            "fp32",
            folder / f"{_IMMICH['vision']}.onnx",
            folder / f"{_IMMICH['text']}.onnx",
            folder / "textual" / "tokenizer.json",
            {what: path for what, path in settings.items() if path.is_file()},
            of_open_clip=True,
        ),
        tuple(settings),
    )


def _complete(layout: Layout, needed: tuple[str, ...]) -> Layout:
    for path in (layout.vision, layout.text, layout.tokenizer):
        if not path.is_file():
            raise EncoderError(f"{layout.folder} lacks {path.relative_to(layout.folder)}")
    for what in needed:
        if what not in layout.settings:
            raise EncoderError(f"{layout.folder} lacks {_NAMES[layout.of_open_clip][what]}")
    return layout


_NAMES = {
    False: {"config": "config.json", "pixels": "preprocessor_config.json"},
    True: {
        "config": "config.json",
        "pixels": "visual/preprocess_cfg.json",
        "words": "textual/tokenizer_config.json",
    },
}


def _graph(folder: Path, tower: str, precision: str) -> Path:
    return folder / f"{_JS[tower]}{SUFFIXES[precision]}.onnx"


def _first(*paths: Path) -> Path:
    return next((path for path in paths if path.is_file()), paths[0])
