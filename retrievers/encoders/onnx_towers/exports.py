"""The twin of an encoder of torch among its exports under the home folder.

A twin is an export in float32 whose vectors have been measured beside torch's: the same weights and
the same preparation on another runtime, so they are vectors of the same encoder, as those of torch
on another processor are.
"""

import json

from retrievers.encoder import EncoderError
from retrievers.encoders.onnx_towers.export_folders import export_folder
from retrievers.encoders.onnx_towers.graph_checks import check_graph
from retrievers.encoders.onnx_towers.layout import EXPORT, Layout, read_layout
from retrievers.encoders.onnx_towers.onnx_encoder import OnnxEncoder

LEAST_COSINE = 0.9999


def find_twin(name: str, *, threads: int | None = None) -> OnnxEncoder | None:
    """Return the twin of the exact encoder of that name, under that name, if it is there.

    An export whose files are no longer those that were measured is none.
    """
    folder = export_folder(name, "fp32")
    try:
        layout = read_layout(folder, "fp32")
        said = json.loads(layout.settings["export"].read_text("utf-8"))
        if not _is_twin(said, name, layout):
            return None
        return OnnxEncoder(layout, name, threads=threads, providers=["CPUExecutionProvider"])
    except (EncoderError, OSError, ValueError, KeyError, TypeError):
        return None


def _is_twin(said: dict[str, object], name: str, layout: Layout) -> bool:
    cosine, graphs = said["cosine"], said["graphs"]
    if not isinstance(cosine, dict) or not isinstance(graphs, dict) or said["of"] != name:
        return False
    near = min(float(cosine["pictures"]), float(cosine["texts"])) >= LEAST_COSINE
    same = all(graphs[one.name] == check_graph(one).sha256 for one in (layout.vision, layout.text))
    return near and same and (layout.folder / EXPORT).is_file()
