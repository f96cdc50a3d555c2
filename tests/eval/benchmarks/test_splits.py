"""A file that names splits is no single heap of captions."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from app.cli import app
from eval.benchmarks.dataset import DatasetError
from eval.benchmarks.own.caption_columns import ColumnChoice
from eval.benchmarks.own.own_pictures import own_benchmark, read_captions
from finetune.data.columns import Columns

SPLITS = ("train",) * 5 + ("val",) * 1 + ("test",) * 2
Write = Callable[[Path, list[tuple[str, str, str]]], Path]


def _json_lines(folder: Path, rows: list[tuple[str, str, str]]) -> Path:
    path = folder / "c.jsonl"
    lines = [json.dumps({"image_path": file, "text": said, "split": of}) for file, said, of in rows]
    path.write_text("\n".join(lines), "utf-8")
    return path


def _json_list(folder: Path, rows: list[tuple[str, str, str]]) -> Path:
    path = folder / "c.json"
    held = [{"file": file, "sentences": [said], "Split": of} for file, said, of in rows]
    path.write_text(json.dumps(held), "utf-8")
    return path


def _csv(folder: Path, rows: list[tuple[str, str, str]]) -> Path:
    path = folder / "c.csv"
    lines = [f"{of},{file},{said}" for file, said, of in rows]
    path.write_text("\n".join(["partition,file,caption", *lines]), "utf-8")
    return path


def _parquet(folder: Path, rows: list[tuple[str, str, str]]) -> Path:
    from pyarrow import Table, parquet

    path = folder / "c.parquet"
    held = [
        {"image": {"bytes": (folder / file).read_bytes()}, "caption": said, "split": of}
        for file, said, of in rows
    ]
    parquet.write_table(Table.from_pylist(held), path)
    return path


@pytest.fixture
def rows(tmp_path: Path) -> list[tuple[str, str, str]]:
    for at in range(len(SPLITS)):
        Image.new("RGB", (40, 30), (at * 30, 90, 90)).save(tmp_path / f"{at}.png")
    return [(f"{at}.png", f"a plain wall number {at}", of) for at, of in enumerate(SPLITS)]


@pytest.mark.parametrize("write", [_json_lines, _json_list, _csv, _parquet])
def test_the_test_split_is_measured_and_the_train_split_trained_on(
    write: Write, rows: list[tuple[str, str, str]], tmp_path: Path
) -> None:
    path = write(tmp_path, rows)
    measured = own_benchmark(path, tmp_path, home=tmp_path / "home")
    assert "(test, without train, val): 2 pictures" in measured.protocol
    trained = read_captions(path, tmp_path, home=tmp_path / "home", choice=Columns().choice)
    said = {caption for one in trained for caption in one.captions}
    assert said == {caption for _, caption, of in rows if of == "train"}


def test_a_split_is_named_and_must_be_there(
    rows: list[tuple[str, str, str]], tmp_path: Path
) -> None:
    path = _csv(tmp_path, rows)
    assert len(read_captions(path, home=tmp_path, choice=ColumnChoice(split="val"))) == 1
    with pytest.raises(DatasetError, match="no split 'dev'; it names test, train, val"):
        read_captions(path, home=tmp_path, choice=ColumnChoice(split="dev"))
    done = CliRunner().invoke(app, ["eval", "prepare", str(path), "--split", "dev"])
    assert "no split 'dev'" in done.output


def test_without_a_usual_split_all_are_read_and_named(
    rows: list[tuple[str, str, str]], tmp_path: Path
) -> None:
    path = _csv(tmp_path, [(file, said, "ab"[at % 2]) for at, (file, said, _) in enumerate(rows)])
    assert "(of splits a, b): 8 pictures" in own_benchmark(path, home=tmp_path).protocol


def test_dialogues_to_train_on_are_made_of_the_train_split(
    rows: list[tuple[str, str, str]], tmp_path: Path
) -> None:
    path, out = _csv(tmp_path, rows), tmp_path / "dialogues.jsonl"
    done = CliRunner().invoke(app, ["finetune", "make-dialogues", str(path), str(out)])
    assert "5 dialogues" in done.output, done.output
    assert not any(f"{at}.png" in out.read_text("utf-8") for at in (5, 6, 7))
