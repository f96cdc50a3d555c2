"""Code that comes with weights runs only where the machine's owner names them.

The word is in the environment, `DIALENS_TRUST_CODE`, not in an encoder's name: a collection keeps
that name, and one that was copied from elsewhere must not bring its own permission.
"""

import os
import re
from pathlib import Path

VARIABLE = "DIALENS_TRUST_CODE"
_COMMIT = re.compile(r"[\w.-]+/[\w.-]+@[0-9a-f]{40}")


def trusts_folder(folder: Path) -> bool:
    """Whether the owner named this folder."""
    return any(Path(one).expanduser().resolve() == folder.resolve() for one in _named())


def trusts_commit(which: str) -> bool:
    """Whether the owner named `ORG/NAME@COMMIT`, all 40 digits of it: a branch can change."""
    return bool(_COMMIT.fullmatch(which)) and which in _named()


def remedy(which: str) -> str:
    """Say how its owner lets that folder's or commit's code run."""
    return f"read it, and set {VARIABLE}={which} if it may run with all your rights"


def _named() -> list[str]:
    return [one.strip() for one in os.environ.get(VARIABLE, "").split(",") if one.strip()]
