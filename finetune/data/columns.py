"""Which columns of a file of captions are meant, where their names and contents do not tell."""

from dataclasses import dataclass

from eval.benchmarks.own.caption_columns import ColumnChoice


@dataclass(frozen=True, kw_only=True)
class Columns:
    """Names of columns, or of fields of JSON; what is empty is found out.

    Attributes:
        file: of the pictures' files.
        captions: of what is said of them.
        split: the split to train on; empty: "train", where a column "split" names it.
    """

    file: str = ""
    captions: tuple[str, ...] = ()
    split: str = ""

    @property
    def choice(self) -> ColumnChoice:
        """What a reader of captions is told."""
        return ColumnChoice(self.file, self.captions, split=self.split, usual=("train",))


FOUND_OUT = Columns()
