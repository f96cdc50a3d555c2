"""Captions that were paid for once, by captioner and prompt."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

from PIL.Image import Image

from agent.captioning.sentences import open_sentences
from agent.mllm.mllm import Mllm
from prompts.load import Prompt, load
from retrievers.hit import Picture
from retrievers.pictures import read_picture
from retrievers.recorded_files import recorded_image

SIDE = 448  # pixels of the shorter side that a captioner is shown at least


class Captions:
    """Describe pictures, each once per captioner and prompt.

    Args:
        mllm: the captioner.
        picture: finds a picture of the collection by its id.
        prompt: `caption/describe`, or one with the same inputs.
        path: the file they are kept in; none: they are forgotten at the end.
    """

    def __init__(
        self,
        mllm: Mllm,
        picture: Callable[[str], Picture],
        *,
        prompt: Prompt | None = None,
        path: Path | None = None,
    ) -> None:
        self.mllm, self.picture = mllm, picture
        self.prompt = prompt or load("caption/describe")
        self.sentences = open_sentences(path)

    @property
    def name(self) -> str:
        """The captioner and what it is asked: a changed prompt is served no older captions."""
        return f"{self.mllm.name}+{self.prompt.hash}"

    def of(self, pictures: Sequence[Picture]) -> list[str]:
        """Return one sentence per picture.

        Raises:
            MllmError: the captioner cannot be reached or cannot see.
            UnreadablePicture: a picture's file is gone or damaged.
        """
        shown = {picture.id: picture for picture in pictures}
        texts = self.sentences.of(self.name, shown=shown, ask=self._describe)
        said = dict(zip(shown, texts, strict=True))
        return [said[picture.id] for picture in pictures]

    def of_id(self, picture_id: str) -> str:
        """Return the sentence for a picture of the collection."""
        return self.of([self.picture(picture_id)])[0]

    def of_file(self, path: Path) -> str:
        """Return the sentence for a picture that need not be in the collection."""
        picture_id = hashlib.sha256(path.read_bytes()).hexdigest()[:16]

        def say(paths: Sequence[Path]) -> list[str]:
            return self._said([read_picture(one, min_side=SIDE).image for one in paths])

        return self.sentences.of(self.name, shown={picture_id: path}, ask=say)[0]

    def _describe(self, pictures: Sequence[Picture]) -> list[str]:
        return self._said([recorded_image(one, min_side=SIDE) for one in pictures])

    def _said(self, images: Sequence[Image]) -> list[str]:
        return self.mllm.caption(images, prompt=self.prompt)
