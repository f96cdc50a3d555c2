"""Many queries at once: FAISS on the GPU against NumPy and FAISS on the CPU."""

from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

import numpy as np

from benchmarks.gpu.row import Row, Scale, seconds
from retrievers.encoder import Vectors

SWAP = "pip uninstall --yes faiss-cpu faiss-gpu-cu12 && pip install --no-deps faiss-gpu-cu12"
D, QUERIES, K = 512, 64, 100


def clash() -> str:
    """Say in one line that both builds of FAISS lie over each other, or nothing."""
    try:
        both = version("faiss-cpu"), version("faiss-gpu-cu12")
    except PackageNotFoundError:
        return ""
    cpu, gpu = both
    return (
        f"faiss-cpu {cpu} and faiss-gpu-cu12 {gpu} are both installed, into one folder; "
        f"keep the second: {SWAP}"
    )


def searching(scale: Scale) -> Iterator[Row]:
    """Yield a row for the GPU's search, beside the CPU's two."""
    if told := clash():
        raise RuntimeError(told)
    import faiss

    from retrievers.search import exact

    gpus = faiss.get_num_gpus() if hasattr(faiss, "StandardGpuResources") else 0
    if scale.device == "cuda" and not gpus:
        raise RuntimeError(f"the FAISS here is built for the CPU: {SWAP}")
    vectors, queries = _unit(scale.of(1_000_000, 5_000)), _unit(QUERIES)
    ids = np.arange(len(vectors))
    found = exact.nearest_to_many(vectors, queries, K, ids=ids)  # warms up, too
    here = seconds(lambda: exact.nearest_to_many(vectors, queries, K, ids=ids))
    by_faiss = seconds(lambda: faiss.knn(queries, vectors, K, metric=faiss.METRIC_INNER_PRODUCT))
    alone = [exact.nearest(vectors, one[None], K, ids=ids) for one in queries]
    same = sum(
        bool((rows == others).all()) for (rows, _), (others, _) in zip(found, alone, strict=True)
    )
    yield Row(
        f"search {len(vectors)} x {D} for {QUERIES} queries, k {K}",
        f"{here * 1e3:.0f} ms by {scale.device}, {by_faiss * 1e3:.0f} ms by faiss.knn on the CPU",
        f"{same} of {QUERIES} rankings equal the CPU's one by one",
        same == QUERIES,
    )


def _unit(n: int) -> Vectors:
    rows = np.random.default_rng(n).standard_normal((n, D), dtype=np.float32)
    unit: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit
