"""Annotation files as their authors published them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from eval.benchmarks.dataset import DatasetError


def read_json(path: Path) -> Any:
    """Read a file.

    Raises:
        DatasetError: it is missing, or no JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DatasetError(f"{path} cannot be read as JSON: {error}") from error


@contextmanager
def taken_from(path: Path, form: str) -> Iterator[None]:
    """Turn what an unexpected form leads to into a `DatasetError` that names the file."""
    try:
        yield
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        if isinstance(error, DatasetError):
            raise
        raise DatasetError(f"{path} is not {form} as published: {error!r}") from error
