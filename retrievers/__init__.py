"""Turn pictures and text into vectors, keep them, find them. Knows nothing of agents or LLMs.

The names below are what other programs may rely on (docs/stability.md); each is imported when it is
first asked for, so that the package itself costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from retrievers.checkpoints.adapter import Adapter, AdapterError, read_adapter
    from retrievers.collection.collection import Collection
    from retrievers.collection.migration.migrate import migrate
    from retrievers.collection.storage.errors import CollectionBusy, CollectionError
    from retrievers.collection.sync.sync import sync
    from retrievers.encoder import Encoder, EncoderError
    from retrievers.encoders.load import load_encoder
    from retrievers.files.home import dialens_home
    from retrievers.grace.adapter_files import open_grace
    from retrievers.hit import Hit, Picture, Retriever, Why
    from retrievers.loading.encoder_options import Options
    from retrievers.pictures import UnreadablePicture
    from retrievers.query import Filters, Query
    from retrievers.search.fusion import reciprocal_rank_fusion
    from retrievers.search.query_vector import Blend
    from retrievers.search.searcher import Searcher

__all__ = [
    "Adapter",
    "AdapterError",
    "Blend",
    "Collection",
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
    "UnreadablePicture",
    "Why",
    "dialens_home",
    "load_encoder",
    "migrate",
    "open_grace",
    "read_adapter",
    "reciprocal_rank_fusion",
    "sync",
]

_HOMES = {
    "retrievers.search.query_vector": "Blend",
    "retrievers.collection.storage.errors": "CollectionBusy CollectionError",
    "retrievers.collection.collection": "Collection",
    "retrievers.collection.migration.migrate": "migrate",
    "retrievers.collection.sync.sync": "sync",
    "retrievers.encoder": "Encoder EncoderError",
    "retrievers.encoders.load": "load_encoder",
    "retrievers.loading.encoder_options": "Options",
    "retrievers.search.fusion": "reciprocal_rank_fusion",
    "retrievers.grace.adapter_files": "open_grace",
    "retrievers.hit": "Hit Picture Retriever Why",
    "retrievers.files.home": "dialens_home",
    "retrievers.pictures": "UnreadablePicture",
    "retrievers.query": "Filters Query",
    "retrievers.search.searcher": "Searcher",
    "retrievers.checkpoints.adapter": "Adapter AdapterError read_adapter",
}


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names.split():
            return getattr(import_module(home), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
