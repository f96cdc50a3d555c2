"""A collection as one Parquet file: a row per picture, its record and its vector."""

import json
import os
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from retrievers.collection.collection import Collection
from retrievers.collection.storage.errors import CollectionError

_ROWS = 4096
_EVERY = "SELECT row FROM pictures WHERE row IN (SELECT row FROM files) ORDER BY id"


def export(collection: Collection, path: Path) -> int:
    """Write the collection; returns how many pictures.

    The columns are those of `retrievers.hit.Picture`, with `vector` as a fixed-size list of
    float32; the file's metadata names the encoder of the vectors and the version of dialens. The
    file appears whole or not at all.

    Raises:
        CollectionError: the file cannot be written.
    """
    import pyarrow as pa
    from pyarrow import parquet

    schema = pa.schema(
        [
            ("id", pa.string()),
            ("sha256", pa.string()),
            ("paths", pa.list_(pa.string())),
            ("width", pa.int32()),
            ("height", pa.int32()),
            ("bytes", pa.int64()),
            ("taken", pa.timestamp("us")),
            ("camera", pa.string()),
            ("latitude", pa.float64()),
            ("longitude", pa.float64()),
            ("caption", pa.string()),
            ("text", pa.string()),
            ("tags", pa.list_(pa.string())),
            ("title", pa.string()),
            ("description", pa.string()),
            ("rating", pa.int8()),
            ("taken_from", pa.string()),
            ("zone", pa.string()),
            ("taken_stretch", pa.string()),
            ("vector", pa.list_(pa.float32(), collection.dim)),
        ],
        metadata={"dialens": json.dumps(_origin(collection))},
    )
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with collection.one_state(), parquet.ParquetWriter(partial, schema) as writer:
            count = len(collection)
            for some in _chunks(collection):
                writer.write_table(pa.Table.from_pylist(some, schema=schema))
        partial.replace(path)
    except OSError as error:
        raise CollectionError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        partial.unlink(missing_ok=True)
    return count


def _origin(collection: Collection) -> dict[str, object]:
    try:
        made_by = version("dialens")
    except PackageNotFoundError:
        made_by = "not installed"
    return {"encoder": collection.encoder, "dim": collection.dim, "version": made_by}


def _chunks(collection: Collection) -> Iterator[list[dict[str, object]]]:
    rows = [row for (row,) in collection.db.execute(_EVERY)]
    vectors = collection.vectors()
    for start in range(0, len(rows), _ROWS):
        some = rows[start : start + _ROWS]
        yield [
            {
                "id": picture.id,
                "sha256": picture.sha256,
                "paths": [os.fsencode(p).decode("utf-8", "replace") for p in picture.paths],
                "width": picture.width,
                "height": picture.height,
                "bytes": picture.bytes,
                "taken": picture.taken,
                "camera": picture.camera,
                "latitude": picture.gps[0] if picture.gps else None,
                "longitude": picture.gps[1] if picture.gps else None,
                "caption": picture.caption,
                "text": picture.text,
                "tags": list(picture.tags),
                "title": picture.title,
                "description": picture.description,
                "rating": picture.rating,
                "taken_from": picture.taken_from,
                "zone": picture.zone,
                "taken_stretch": picture.taken_stretch,
                "vector": vectors[row],
            }
            for row, picture in zip(some, collection.pictures(some), strict=True)
        ]
