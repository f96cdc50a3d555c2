"""Captions of a user's own pictures, in every form, from real files."""

import csv
import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import pyarrow
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from pyarrow import parquet

from eval.benchmark import Benchmark
from eval.benchmarks.dataset import DatasetError
from eval.benchmarks.own.own_pictures import own_benchmark
from tests.encoders import COLOURS

SAID = {
    "red.png": ["a red wall"],
    "sub/blue.jpg": ["blue, deep", 'a "blue" wall'],
    "a b.png": ["sand"],
}
LIST = [{"file": name, "captions": texts} for name, texts in SAID.items()]
PAIRS = [(name, text) for name, texts in SAID.items() for text in texts]


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    (folder / "sub").mkdir(parents=True)
    for name, colour in zip(SAID, COLOURS.values(), strict=False):
        Image.new("RGB", (20, 20), colour).save(folder / name)
    return folder


def as_csv(folder: Path, *, mark: str = ",", name: str = "captions.csv", head: bool = True) -> Path:
    path = folder / name
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, delimiter=mark)
        rows.writerows([("Image", "other", "Text")] * head)
        rows.writerows([(a, "-", b) if head else (a, b) for a, b in PAIRS])
    return path


def as_lines(folder: Path) -> Path:
    path = folder / "captions.jsonl"
    path.write_text("".join(json.dumps(one) + "\n\n" for one in LIST), encoding="utf-8")
    return path


def as_list(folder: Path) -> Path:
    path = folder / "captions.json"
    path.write_text(json.dumps(LIST), encoding="utf-8")
    return path


def as_coco(folder: Path) -> Path:
    ids = {name: at for at, name in enumerate(SAID)}
    held = {
        "images": [{"id": at, "file_name": name} for name, at in ids.items()],
        "annotations": [
            {"id": at, "image_id": ids[name], "caption": text}
            for at, (name, text) in enumerate(PAIRS)
        ],
    }
    path = folder / "coco.json"
    path.write_text(json.dumps(held), encoding="utf-8")
    return path


def as_parquet(folder: Path) -> Path:
    path = folder / "captions.parquet"
    table = {"image": list(SAID), "caption": list(SAID.values())}
    parquet.write_table(pyarrow.table(table), path)
    return path


def as_parquet_bytes(folder: Path) -> Path:
    """Write what `datasets` writes."""
    path = folder / "pictures.parquet"
    held = [{"bytes": (folder / name).read_bytes(), "path": name} for name in SAID]
    parquet.write_table(pyarrow.table({"image": held, "caption": list(SAID.values())}), path)
    return path


def as_tar(folder: Path, mode: str = "w") -> Path:
    path = folder / ("shard.tar.gz" if mode == "w:gz" else "shard.tar")
    with tarfile.open(path, mode) as tar:  # type: ignore[call-overload]
        for at, (name, texts) in enumerate(SAID.items()):
            put(tar, f"{at:06}{Path(name).suffix}", (folder / name).read_bytes())
            if at:
                put(tar, f"{at:06}.txt", "\n".join(texts).encode())
            else:
                put(tar, f"{at:06}.json", json.dumps({"caption": texts[0]}).encode())
    return path


def as_sidecars(folder: Path) -> Path:
    for name, texts in SAID.items():
        (folder / name).with_suffix(".txt").write_text("\n".join(texts), encoding="utf-8")
    return folder


def put(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    tar.addfile(info, io.BytesIO(data))


def texts(benchmark: Benchmark) -> list[list[str]]:
    """Return the captions of each picture, sorted."""
    to_image = benchmark.tasks[0]
    said: dict[str, list[str]] = {item.id: [] for item in to_image.gallery}
    for one in to_image.questions:
        (picture,) = one.relevant
        said[picture] += one.turns
    assert all(item.path and item.path.is_file() for item in to_image.gallery)
    return sorted(said.values())


@pytest.mark.parametrize(
    "write",
    [
        as_csv,
        lambda folder: as_csv(folder, mark="\t", name="captions.tsv"),
        lambda folder: as_csv(folder, mark=";"),
        lambda folder: as_csv(folder, head=False),
        *(as_lines, as_list, as_coco, as_parquet, as_parquet_bytes, as_tar, as_sidecars),
        lambda folder: as_tar(folder, "w:gz"),
        lambda folder: as_lines(folder).parent,
    ],
)
def test_every_form_holds_the_same_captions(
    write: Callable[[Path], Path], pictures: Path, tmp_path: Path
) -> None:
    held = own_benchmark(write(pictures), home=tmp_path / "home")
    assert texts(held) == sorted(SAID.values())
    assert "3 pictures, 4 captions" in held.protocol
    assert [task.name for task in held.tasks] == ["text-to-image", "image-to-text"]


def test_pictures_may_lie_elsewhere(pictures: Path, tmp_path: Path) -> None:
    path = as_csv(pictures).rename(tmp_path / "mine.csv")
    assert texts(own_benchmark(path, pictures, home=tmp_path)) == sorted(SAID.values())
    with pytest.raises(DatasetError, match=r"mine\.csv:2: no picture 'red\.png' in .*--data DIR"):
        own_benchmark(path, home=tmp_path)


def test_pictures_are_taken_out_of_a_tar_once_and_again_when_it_changed(
    pictures: Path, tmp_path: Path
) -> None:
    path, home = as_tar(pictures), tmp_path / "home"
    own_benchmark(path, home=home)
    (kept,) = (home / "benchmarks/taken-out").iterdir()
    before = (kept / "captions.jsonl").stat().st_mtime_ns
    own_benchmark(path, home=home)
    assert (kept / "captions.jsonl").stat().st_mtime_ns == before
    with tarfile.open(path, "a") as tar:
        put(tar, "z.png", (pictures / "red.png").read_bytes())
        put(tar, "z.txt", b"again")
    assert ["a red wall", "again"] in texts(own_benchmark(path, home=home))


@pytest.mark.parametrize("name", ["../out.png", "/etc/out.png", "a/../../out.png", "C:\\out.png"])
def test_a_tar_that_leads_out_of_its_folder_is_not_used(name: str, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "shard.tar", "w") as tar:
        put(tar, name, b"\x89PNG\r\n\x1a\n")
        put(tar, name.replace(".png", ".txt"), b"out")
    with pytest.raises(DatasetError, match="a name must stay in its folder"):
        own_benchmark(tmp_path / "shard.tar", home=tmp_path / "home")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", "shard.tar"]


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"a.png": b"no picture", "a.txt": b"x"}, "not a picture: its content"),
        ({"a.png": b"\x89PNG\r\n\x1a\n"}, "has no caption; it needs a .txt or a .json beside it"),
        ({"a.png": b"\x89PNG", "a.json": b"[1"}, "no JSON object"),
        ({"a.png": b"\x89PNG", "a.txt": b"x" * 2_000_000}, "2,000,000 bytes; the limit is"),
    ],
)
def test_a_tar_with_bad_members_is_refused(
    members: dict[str, bytes], message: str, tmp_path: Path
) -> None:
    with tarfile.open(tmp_path / "s.tar", "w") as tar:
        for name, data in members.items():
            put(tar, name, data)
    with pytest.raises(DatasetError, match=message):
        own_benchmark(tmp_path / "s.tar", home=tmp_path / "home")


def test_a_picture_too_large_is_refused_before_it_is_read(tmp_path: Path) -> None:
    info = tarfile.TarInfo("huge.png")
    info.size = 1 << 40
    (tmp_path / "s.tar").write_bytes(info.tobuf())
    with pytest.raises(DatasetError, match=r"'huge\.png': 1,099,511,627,776 bytes; the limit is"):
        own_benchmark(tmp_path / "s.tar", home=tmp_path / "home")


def test_links_in_a_tar_are_nothing(pictures: Path, tmp_path: Path) -> None:
    path = as_tar(pictures)
    with tarfile.open(path, "a") as tar:
        link = tarfile.TarInfo("link.png")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    assert texts(own_benchmark(path, home=tmp_path / "home")) == sorted(SAID.values())


@pytest.mark.parametrize("name", ["../secret.png", "/etc/secret.png"])
def test_a_line_that_leads_out_of_the_folder_is_refused(
    name: str, pictures: Path, tmp_path: Path
) -> None:
    path = pictures / "captions.jsonl"
    path.write_text(json.dumps({"file": name, "caption": "x"}))
    with pytest.raises(DatasetError, match=r"captions\.jsonl:1: .* is not in"):
        own_benchmark(path, home=tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"", "is empty"),
        ("a.csv", b"x,y\n1,2\n", r"a\.csv:1: needs one of picture, file, .*\['x', 'y'\]"),
        ("a.csv", b"file,caption\nred.png,a,b\n", r"a\.csv:2: 3 cells where the heading has 2"),
        ("a.csv", b"file,caption\nred.png,\n", r"a\.csv:2: 'red\.png' has no caption"),
        ("a.csv", b'file,caption\nred.png,"x" y\n', r"a\.csv:2: "),
        ("a.csv", b"file,caption\nred.png,\0\xff\0\n", r"a\.csv: .* save it as UTF-8"),
        ("a.jsonl", b'{"file": "red.png", "caption": "x"}\n{"file"\n', r"a\.jsonl:2: no JSON"),
        ("a.jsonl", b"[1]\n", r"a\.jsonl:1: not a JSON object"),
        (
            "a.jsonl",
            b'{"file": "red.png", "caption": 3}\n',
            r"caption must be a text or texts; got 3",
        ),
        ("a.jsonl", b'{"file": null, "caption": "x"}\n', r"a\.jsonl:1: names no picture; got None"),
        ("a.json", b'{"a": 1}', "neither a list of captions nor COCO's"),
        ("a.json", b'{"images": [], "annotations": []}', "holds no captions"),
        ("a.parquet", b"PAR1", "cannot be read as parquet"),
        ("a.tar", b"junk" * 200, "cannot be read as a tar"),
        ("a.tgz", gzip.compress(b"junk" * 200, mtime=0)[:40], "cannot be read as a tar"),
        ("a.xls", b"", r"is of no form that is read; those are \.csv, "),
    ],
)
def test_a_bad_file_is_refused_with_its_line(
    name: str, content: bytes, message: str, pictures: Path, tmp_path: Path
) -> None:
    (pictures / name).write_bytes(content)
    with pytest.raises(DatasetError, match=message) as refused:
        own_benchmark(pictures / name, home=tmp_path / "home")
    assert "\n" not in str(refused.value)


def test_questions_of_a_grid_name_pictures_by_file_or_by_id(pictures: Path, tmp_path: Path) -> None:
    digest = hashlib.sha256((pictures / "red.png").read_bytes()).hexdigest()[:16]
    path = tmp_path / "questions.jsonl"
    asked = [
        {"turns": ["a wall", "a red one"], "target": digest},
        {"turns": ["bluer"], "target": "sub/blue.jpg", "picture": "red.png"},
    ]
    path.write_text("\n".join(map(json.dumps, asked)))
    (task,) = own_benchmark(path, pictures, home=tmp_path).tasks
    first, second = task.questions
    assert (first.turns, dict(first.relevant)) == (("a wall", "a red one"), {"red.png": 1.0})
    assert second.picture == pictures / "red.png" and second.excluded == {"red.png"}
    path.write_text('{"turns": [], "target": "red.png"}')
    with pytest.raises(DatasetError, match=r"questions\.jsonl:1: not of the form"):
        own_benchmark(path, pictures, home=tmp_path)


CELLS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=30
).filter(lambda text: bool(text.strip()))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(CELLS, min_size=1, max_size=5), st.sampled_from(",\t;|"), st.booleans())
def test_a_table_with_any_mark_is_read_as_it_was_written(
    pictures: Path, tmp_path: Path, said: list[str], mark: str, heading: bool
) -> None:
    path = tmp_path / "any.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, delimiter=mark)
        rows.writerows([("file", "caption")] * heading + [("red.png", text) for text in said])
    (held,) = texts(own_benchmark(path, pictures, home=tmp_path))
    assert held == list(dict.fromkeys(" ".join(text.split()) for text in said))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.binary(max_size=200), st.sampled_from(["x.csv", "x.jsonl", "x.json", "x.tar", "x.parquet"])
)
def test_any_bytes_are_read_or_refused(
    pictures: Path, tmp_path: Path, content: bytes, name: str
) -> None:
    (pictures / name).write_bytes(content)
    with pytest.raises(DatasetError):
        own_benchmark(pictures / name, home=tmp_path)
