"""For the reference: docstrings as they are written here, read as they are meant."""

import re
from typing import Any

import griffe

EXAMPLE = re.compile(r"^(Example.*:)\n(?= )", re.MULTILINE)


class Members(griffe.Extension):
    """Leave attributes to the "Attributes:" of their owner; show a module's example as code."""

    def on_class_members(self, *, cls: griffe.Class, **_: Any) -> None:
        _hide(cls)

    def on_module_members(self, *, mod: griffe.Module, **_: Any) -> None:
        _hide(mod)
        if mod.docstring:
            mod.docstring.value = EXAMPLE.sub(r"\1\n\n", mod.docstring.value)


def _hide(owner: griffe.Class | griffe.Module) -> None:
    """Hide attributes without a docstring of their own, and methods that Python calls."""
    for name, member in owner.members.items():
        bare = not member.is_alias and member.is_attribute and not member.docstring
        if bare or (name.startswith("__") and name != "__init__"):
            member.public = False
