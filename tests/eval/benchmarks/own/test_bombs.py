"""Files of pictures from elsewhere that become far more than they look."""

import gzip
import io
import os
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

HOUSE = Path(__file__).parents[4]
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00"


def many_pictures(path: Path) -> None:
    """Zeros behind a picture's head, 200 MB in all."""
    with tarfile.open(path, "w:gz", compresslevel=1) as tar:
        for number in range(10):
            for name, data in (
                (f"{number}.jpg", JPEG + bytes([number]) + bytes(20 << 20)),
                (f"{number}.txt", b"a dog"),
            ):
                info = tarfile.TarInfo(name)
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))


def long_header(kind: bytes) -> Callable[[Path], None]:
    """Make a remark, or a name, of 64 MB, in a file of some kB."""

    def make(path: Path) -> None:
        info = tarfile.TarInfo("remark")
        info.type, info.size = kind, 1 << 26
        with gzip.open(path, "wb", compresslevel=1) as file:
            file.write(info.tobuf(tarfile.USTAR_FORMAT))
            file.write(bytes(1 << 26))

    return make


def swelling_table(path: Path) -> None:
    """Pictures of zeros, which a table compresses to nothing."""
    rows = {"image": [JPEG + bytes(20 << 20)] * 8, "caption": ["a dog"] * 8}
    table = pa.table(rows)
    parquet.write_table(table, path, compression="zstd", use_dictionary=False)


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("many.tar.gz", many_pictures),
        ("remark.tar.gz", long_header(b"x")),
        ("name.tar.gz", long_header(b"L")),
        ("table.parquet", swelling_table),
    ],
)
def test_a_file_that_swells_is_refused_in_a_line_and_leaves_nothing(
    name: str, make: Callable[[Path], None], tmp_path: Path
) -> None:
    make(tmp_path / name)
    home = tmp_path / "home"
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "app.start",
            "eval",
            "run",
            str(tmp_path / name),
            "--system",
            "offline",
        ],
        env=os.environ | {"DIALENS_HOME": str(home), "PYTHONPATH": str(HOUSE)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert name in done.stderr and ("times" in done.stderr or "limit" in done.stderr)
    assert not [one for one in home.rglob("*") if one.suffix in (".jpg", ".jsonl")]
