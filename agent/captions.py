"""Captions that were paid for once: (captioner and prompt, picture) -> sentence, in SQLite."""

import hashlib
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

from PIL.Image import Image

from agent.mllm.mllm import Mllm
from prompts.load import Prompt, load
from retrievers.hit import Picture
from retrievers.pictures import read_picture

_SCHEMA = """
CREATE TABLE IF NOT EXISTS captions (
    captioner TEXT NOT NULL,
    picture   TEXT NOT NULL,
    caption   TEXT NOT NULL,
    PRIMARY KEY (captioner, picture)
) WITHOUT ROWID
"""
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
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path or ":memory:", timeout=10, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute(_SCHEMA)

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
        known = {picture.id: self._known(picture.id) for picture in pictures}
        new = [picture for picture in pictures if known[picture.id] is None]
        for picture, caption in zip(new, self._describe([p.path for p in new]), strict=True):
            known[picture.id] = self._keep(picture.id, caption)
        return [known[picture.id] or "" for picture in pictures]

    def of_id(self, picture_id: str) -> str:
        """Return the sentence for a picture of the collection."""
        return self.of([self.picture(picture_id)])[0]

    def of_file(self, path: Path) -> str:
        """Return the sentence for a picture that need not be in the collection."""
        picture_id = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
        return self._known(picture_id) or self._keep(picture_id, self._describe([path])[0])

    def _describe(self, paths: Sequence[Path]) -> list[str]:
        pixels = [_pixels(path) for path in paths]
        return self.mllm.caption(pixels, prompt=self.prompt) if paths else []

    def _known(self, picture_id: str) -> str | None:
        row = self._db.execute(
            "SELECT caption FROM captions WHERE captioner = ? AND picture = ?",
            (self.name, picture_id),
        ).fetchone()
        return None if row is None else str(row[0])

    def _keep(self, picture_id: str, caption: str) -> str:
        with self._db:
            self._db.execute(
                "INSERT OR REPLACE INTO captions VALUES (?, ?, ?)",
                (self.name, picture_id, caption),
            )
        return caption


def _pixels(path: Path) -> Image:
    return read_picture(path, min_side=SIDE).image
