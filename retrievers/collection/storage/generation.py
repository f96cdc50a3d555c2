"""A generation: the vectors of a collection's pictures by one encoder, in a file of their own."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from retrievers.collection.storage.vector_forms import Form, form_named
from retrievers.collection.storage.vectors_file import LONGEST, vectors_path


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """The vectors of a collection's pictures by one encoder.

    Attributes:
        number: of its file.
        rows: how many rows of the file count; pictures of later rows have no vector in it.
        encoder: the exact weights, `Encoder.name`.
        spec: how to open that encoder again.
        dim: length of a vector.
        form: in how many bytes a vector is kept.
    """

    number: int
    rows: int
    encoder: str
    spec: str
    dim: int
    form: Form = "float32"

    def __post_init__(self) -> None:
        if self.number < 0 or self.rows < 0 or not 0 < self.dim <= LONGEST:
            raise ValueError(f"{self.rows} rows of {self.dim} numbers in file {self.number}")

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote.

        Raises:
            ValueError: it is something else.
            TypeError: likewise.
        """
        told = json.loads(text)
        if isinstance(told, dict) and (lacks := {"number", "rows", "dim"} - told.keys()):
            raise ValueError(f"no {min(lacks)}")
        return cls(
            number=int(told["number"]),
            rows=int(told["rows"]),
            encoder=str(told.get("encoder")),
            spec=str(told.get("spec")),
            dim=int(told["dim"]),
            form=form_named(str(told.get("form", "float32"))),
        )

    def path(self, folder: Path) -> Path:
        """Return its file in a collection's folder."""
        return vectors_path(folder, self.number, self.form)

    def to_json(self) -> str:
        """Write it as text."""
        return json.dumps(asdict(self), ensure_ascii=False)
