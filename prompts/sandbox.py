"""What a template may do: fill in its inputs, repeat for each of a list, choose; no more.

A prompt can come from someone else, so it reaches no attribute but a loop's counters, calls nothing
but `image`, and cannot make more of its inputs than a few times their length.
"""

from collections.abc import Callable, Iterable

from jinja2 import StrictUndefined, nodes
from jinja2.exceptions import SecurityError, TemplateError
from jinja2.filters import FILTERS
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

COUNTERS = {"index", "index0", "revindex", "revindex0", "first", "last", "length"}
PLAIN = (
    "capitalize count default first float int last length list lower reverse sort string title "
    "tojson trim unique upper wordcount"
).split()
MOST = 1_000_000
"""Characters that a filter may make."""
DEEPEST = 2
"""Loops within one another."""
REFUSED = (
    *(nodes.Assign, nodes.AssignBlock, nodes.Block, nodes.CallBlock, nodes.Extends),
    *(nodes.FromImport, nodes.Import, nodes.Include, nodes.Macro, nodes.With),
    *(nodes.Mul, nodes.Pow, nodes.Mod),
)


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja without Python behind it."""

    def __init__(self, image: Callable[[int], str], data: Callable[[object], str]) -> None:
        super().__init__(
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=False,
        )
        self.globals = {"image": image}
        self.filters = {name: FILTERS[name] for name in PLAIN}
        self.filters |= {"data": data, "join": _joined, "replace": _replaced}

    def is_safe_attribute(self, obj: object, attr: str, value: object) -> bool:
        """Whether it is a loop's counter."""
        return isinstance(obj, LoopContext) and attr in COUNTERS

    def is_safe_callable(self, obj: object) -> bool:
        """Whether it is `image`."""
        return obj is self.globals["image"]

    def read(self, body: str) -> nodes.Template:
        """Parse a template.

        Raises:
            TemplateError: it is none, or does more than a prompt may.
        """
        tree = self.parse(body)
        if found := next(tree.find_all(REFUSED), None):
            kind = type(found).__name__.lower()
            raise SecurityError(f"line {found.lineno}: a prompt fills in and repeats, no {kind}")
        _require_shallow(tree, DEEPEST)
        return tree


def _require_shallow(node: nodes.Node, left: int) -> None:
    for child in node.iter_child_nodes():
        loop = child if isinstance(child, nodes.For) else None
        if loop and (not left or loop.recursive or not _is_given(loop.iter)):
            raise SecurityError(
                f"line {child.lineno}: a prompt's loop runs through one of its inputs, "
                f"at most {DEEPEST} within one another"
            )
        _require_shallow(child, left - (loop is not None))


def _is_given(node: nodes.Node) -> bool:
    while isinstance(node, nodes.Filter | nodes.Getitem | nodes.Getattr) and node.node:
        node = node.node
    return isinstance(node, nodes.Name)


def _joined(items: Iterable[object], between: str = "") -> str:
    texts = [str(item) for item in items]
    _require_short(sum(map(len, texts)) + len(between) * len(texts))
    return between.join(texts)


def _replaced(text: str, old: str, new: str) -> str:
    _require_short(len(text) + text.count(old) * len(new))
    return text.replace(old, new)


def _require_short(length: int) -> None:
    if length > MOST:
        raise TemplateError(f"makes {length} characters; at most {MOST}")
