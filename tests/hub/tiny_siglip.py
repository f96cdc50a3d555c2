"""A tiny SigLIP 2 as hubs carry it for use without torch: the real classes, random weights."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.retrievers.encoders.onnx_towers.tiny_graphs import as_transformers_js


@cache
def files(suffix: str = "", *, seed: int = 0) -> dict[str, bytes]:
    """Return the files of the repository, by name.

    Args:
        suffix: how the graphs' names end, such as `_fp16`; the weights are float32 all the same.
        seed: of the weights.
    """
    with TemporaryDirectory() as made:
        folder = as_transformers_js("siglip2_fixed", Path(made), seed=seed)
        kept = [one for one in folder.rglob("*") if one.is_file() and "safetensors" not in one.name]
        named = {one.relative_to(folder).as_posix(): one.read_bytes() for one in kept}
    return {name.replace("_model.onnx", f"_model{suffix}.onnx"): one for name, one in named.items()}
