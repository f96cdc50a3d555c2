"""Export an encoder to a folder, measured with pictures that this machine has."""

from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

from PIL.Image import Image

from app.library.library import locate, names
from retrievers.collection.collection import Collection
from retrievers.collection.storage.errors import CollectionError
from retrievers.encoder import EncoderError
from retrievers.encoders.onnx_towers.export_folders import export_folder
from retrievers.pictures import find_pictures
from retrievers.pictures.files.unreadable import UnreadablePicture
from retrievers.pictures.read import read_picture

PICTURES = 16
SIDE = 512  # pixels that any network here has use for


def export(
    spec: str,
    *,
    precision: str,
    to: Path | None,
    pictures: Path | None,
    told: Callable[[str], None],
) -> dict[str, object]:
    """Export an encoder, and return what was written.

    Args:
        spec: as `load_encoder` takes it.
        precision: fp32, fp16 or int8.
        to: the folder; else one under the home folder, where a collection finds its twin.
        pictures: a folder of real ones to measure with; else those of collections.
        told: each step, for people who wait.

    Raises:
        EncoderError: the encoder cannot be exported, or its vectors change too much.
        ValueError: there is no such precision.
    """
    try:
        from retrievers.encoders.export.exporting import export_encoder
    except ImportError as error:
        raise EncoderError(
            f"exporting needs packages that are missing ({error}); install `dialens[models]`"
        ) from error
    report = export_encoder(
        spec,
        lambda name: to.expanduser() if to else export_folder(name, precision),
        precision=precision,
        pictures=list(islice(_real(pictures), PICTURES)),
        told=told,
    )
    return {
        "folder": str(report.folder),
        "encoder": report.of,
        "precision": report.precision,
        "bytes": report.bytes,
        "cosine": {"pictures": report.pictures, "texts": report.texts},
        "real_pictures": report.real,
        "float32_layers": report.kept,
    }


def _real(folder: Path | None) -> Iterator[Image]:
    for path in _paths(folder):
        try:
            yield read_picture(path, min_side=SIDE).image
        except UnreadablePicture:
            continue


def _paths(folder: Path | None) -> Iterator[Path]:
    if folder is not None:
        yield from (found.path for found in find_pictures(folder.expanduser()))
        return
    for name in names():
        try:
            with closing(Collection.open(locate(name))) as collection:
                roots = collection.roots()
        except (CollectionError, ValueError):
            continue
        for root in roots:
            if Path(root).is_dir():
                yield from (found.path for found in find_pictures(Path(root)))
