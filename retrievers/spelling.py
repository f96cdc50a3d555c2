"""Files named by people, found under the name that the disk has for them.

Some disks and programs write é as one character (NFC), others as e and an accent (NFD); a person
sees no difference and types either. The disk's own bytes open the file.
"""

import os
from functools import lru_cache
from pathlib import Path
from unicodedata import normalize


def on_disk(path: Path) -> Path:
    """Return the path as the disk spells it; a path that is not there comes back as it is."""
    if str(path).isascii() or os.path.lexists(path) or path.parent == path:
        return path
    parent = on_disk(path.parent)
    try:
        listed = _listed(parent, parent.stat().st_mtime_ns)
    except OSError:
        return path
    return parent / listed.get(normalize("NFC", path.name), path.name)


@lru_cache(64)
def _listed(folder: Path, changed: int) -> dict[str, str]:
    names = (path.name for path in folder.iterdir())
    return {normalize("NFC", name): name for name in names if not name.isascii()}
