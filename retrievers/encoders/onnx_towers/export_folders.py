"""Where exports of torch's encoders lie under the home folder."""

import hashlib
import re
from pathlib import Path

from retrievers.files.home import dialens_home


def exports_folder() -> Path:
    """Return where exports lie that were given no other place; it may not exist."""
    return dialens_home() / "models" / "exported"


def export_folder(name: str, precision: str) -> Path:
    """Return where the export of the exact encoder of that name lies, or would."""
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    words = re.sub(r"[^\w.-]+", "-", name)[-80:].strip("-")
    return exports_folder() / f"{words}-{digest}-{precision}"
