"""In how many bytes a collection keeps a number of its vectors."""

from enum import StrEnum
from typing import Annotated

import typer


class Form(StrEnum):
    """As `retrievers.collection.storage.vector_forms.Form`, which is slow to import."""

    FLOAT32 = "float32"
    FLOAT16 = "float16"
    INT8 = "int8"


VectorForm = Annotated[
    Form | None,
    typer.Option("--vectors", help="In how many bytes a number is kept.", show_default=False),
]
