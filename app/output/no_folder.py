"""What is said where a folder is due and there is none."""

from pathlib import Path

from app.output.printable import printable


def no_folder(path: Path, named: str) -> str:
    """Say why it is none: nothing is there, or a file; `named` is how it was named."""
    shown = repr(printable(named))
    return f"{shown} is a file, no folder" if path.exists() else f"no folder {shown}"
