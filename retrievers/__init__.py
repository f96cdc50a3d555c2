"""Turn pictures and text into vectors, keep them, find them. Knows nothing of agents or LLMs.

The names below are what other programs may rely on (docs/stability.md); each is imported when it is
first asked for, so that the package itself costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from retrievers.blend import Blend
    from retrievers.collection.errors import CollectionBusy, CollectionError
    from retrievers.collection.store import Store
    from retrievers.collection.sync import sync
    from retrievers.encoder import Encoder, EncoderError
    from retrievers.encoders.load import load_encoder
    from retrievers.encoders.options import Options
    from retrievers.fusion import reciprocal_rank
    from retrievers.generative.files import open_grace
    from retrievers.hit import Hit, Picture, Retriever, Why
    from retrievers.home import dialens_home
    from retrievers.pictures import UnreadablePicture
    from retrievers.query import Filters, Query
    from retrievers.search import Searcher
    from retrievers.tuned.adapter import Adapter, AdapterError, read_adapter

__all__ = [
    "Adapter",
    "AdapterError",
    "Blend",
    "CollectionBusy",
    "CollectionError",
    "Encoder",
    "EncoderError",
    "Filters",
    "Hit",
    "Options",
    "Picture",
    "Query",
    "Retriever",
    "Searcher",
    "Store",
    "UnreadablePicture",
    "Why",
    "dialens_home",
    "load_encoder",
    "open_grace",
    "read_adapter",
    "reciprocal_rank",
    "sync",
]

_HOMES = {
    "retrievers.blend": "Blend",
    "retrievers.collection.errors": "CollectionBusy CollectionError",
    "retrievers.collection.store": "Store",
    "retrievers.collection.sync": "sync",
    "retrievers.encoder": "Encoder EncoderError",
    "retrievers.encoders.load": "load_encoder",
    "retrievers.encoders.options": "Options",
    "retrievers.fusion": "reciprocal_rank",
    "retrievers.generative.files": "open_grace",
    "retrievers.hit": "Hit Picture Retriever Why",
    "retrievers.home": "dialens_home",
    "retrievers.pictures": "UnreadablePicture",
    "retrievers.query": "Filters Query",
    "retrievers.search": "Searcher",
    "retrievers.tuned.adapter": "Adapter AdapterError read_adapter",
}


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names.split():
            return getattr(import_module(home), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
