"""Every dataset that can be named."""

from eval.benchmarks.dataset import Dataset, DatasetError
from eval.benchmarks.published import (
    chatir,
    circo,
    cirr,
    coco_flickr,
    drawn_scenes,
    fashioniq,
    genecis,
    tux_paint_stamps,
)

EVERY: tuple[Dataset, ...] = (
    *coco_flickr.DATASETS,
    *tux_paint_stamps.DATASETS,
    *circo.DATASETS,
    *cirr.DATASETS,
    *fashioniq.DATASETS,
    *genecis.DATASETS,
    *chatir.DATASETS,
    *drawn_scenes.DATASETS,
)


def every() -> dict[str, Dataset]:
    """Return the datasets by name."""
    return {one.name: one for one in EVERY}


def dataset(name: str) -> Dataset:
    """Return one of them.

    Raises:
        DatasetError: there is none of that name.
    """
    known = every()
    if name not in known:
        raise DatasetError(
            f"no benchmark {name!r}; there are {', '.join(known)}; or name a file or folder"
        )
    return known[name]
