"""The parts of an encoder's spec: `FAMILY:WHERE` and what some families say after it."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from retrievers.encoders.embedding.spec import part as embedding_part
from retrievers.encoders.onnx_towers.spec import read_spec as onnx_spec


class SpecParts(NamedTuple):
    """A spec, parted; joined they are the spec again.

    Attributes:
        family: such as `onnx`.
        where: a folder, an id on the hub, or what else the family takes; empty if it takes none.
        ending: `#PRECISION` of `onnx`, `?KEY=VALUE&…` of `embedding`, else nothing.
    """

    family: str
    where: str
    ending: str = ""

    def at(self, where: str) -> str:
        """Return the spec with another place."""
        return f"{self.family}:{where}{self.ending}"


def parted(encoder: str) -> SpecParts:
    """Part a spec."""
    family, _, which = encoder.partition(":")
    where, ending = ENDINGS.get(family, _plain)(which)
    return SpecParts(family, where, ending)


def _plain(which: str) -> tuple[str, str]:
    return which, ""


def _onnx(which: str) -> tuple[str, str]:
    where, precision = onnx_spec(which)
    return where, f"#{precision}" if precision else ""


ENDINGS: Mapping[str, Callable[[str], tuple[str, str]]] = {
    "embedding": embedding_part,
    "onnx": _onnx,
}
"""How a family's place and ending are told apart."""
