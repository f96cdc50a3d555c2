"""Words written in pictures, read by PP-OCRv6 through RapidOCR, whose wheel holds the networks.

What is read is data: whoever shows it to a model fences it off (`prompts.load.fenced`).
"""

import os
from collections.abc import Sequence
from functools import cached_property
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from PIL.Image import Image

from retrievers.hit import Picture
from retrievers.loading.network_lock import turn_of
from retrievers.recorded_files import recorded_image
from retrievers.text.lettering import words

MISSING = "text in pictures is not read without an OCR; pip install 'dialens[ocr]'"
SIDE = 720  # pixels of the shorter side of a file that is read
_LONGEST = 960  # pixels of the longer side that text is looked for in
_SURE = 0.8  # a leaf or a wheel is taken for a letter with less
_READING = 1  # raise when what is kept changes


def can_read() -> bool:
    """Whether the OCR is installed."""
    return find_spec("rapidocr") is not None


class TextReader:
    """Read lines of text; the networks are loaded at the first picture.

    Args:
        threads: all cores by default.
    """

    def __init__(self, *, threads: int | None = None) -> None:
        self._threads = threads or os.cpu_count() or 1

    @property
    def name(self) -> str:
        return f"rapidocr-{version('rapidocr')}+{_READING}"

    def lines(self, image: Image) -> list[str]:
        """Return the lines found, from the top down; a lone letter or figure is none."""
        pixels = np.asarray(image.convert("RGB"))[:, :, ::-1]
        with turn_of(self):
            found = self._engine(pixels)
        if found.txts is None:
            return []
        kept = [
            " ".join(text.split())
            for text, score in zip(found.txts, found.scores, strict=True)
            if score >= _SURE and len("".join(words(text))) > 1
        ]
        return list(dict.fromkeys(kept))

    def of_pictures(self, pictures: Sequence[Picture]) -> list[str]:
        """Return the text of each picture, a line a line.

        Raises:
            UnreadablePicture: a file is gone or damaged.
        """
        return ["\n".join(self.lines(recorded_image(one, min_side=SIDE))) for one in pictures]

    @cached_property
    def _engine(self) -> Any:
        import rapidocr

        networks = Path(rapidocr.__file__).parent / "models"
        return rapidocr.RapidOCR(
            params={
                "Global.log_level": "critical",
                "Global.use_cls": False,  # pictures come upright
                # Named files are never downloaded.
                "Det.model_path": str(next(networks.glob("*_det_*.onnx"))),
                "Rec.model_path": str(next(networks.glob("*_rec_*.onnx"))),
                "Det.limit_type": "max",
                "Det.limit_side_len": _LONGEST,
                "EngineConfig.onnxruntime.intra_op_num_threads": self._threads,
            }
        )
