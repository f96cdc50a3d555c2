"""The options that name the columns of a file of captions, the same for every command."""

import json
from collections.abc import Iterator, Sequence
from typing import Annotated

import typer

FileColumn = Annotated[
    str, typer.Option("--file-column", metavar="NAME", help="Of your file: the pictures' files.")
]
CaptionColumns = Annotated[
    list[str] | None,
    typer.Option(
        "--caption-column", metavar="NAME", help="Of your file: captions; again for more."
    ),
]
Split = Annotated[
    str,
    typer.Option(
        "--split", metavar="NAME", help="Of your file's column split; else test, if there."
    ),
]


def as_settings(file_column: str, caption_columns: Sequence[str] | None) -> Iterator[str]:
    """Yield them as changes to a recipe's settings."""
    if file_column:
        yield f"columns.file={json.dumps(file_column, ensure_ascii=False)}"
    if caption_columns:
        yield f"columns.captions={json.dumps(list(caption_columns), ensure_ascii=False)}"
