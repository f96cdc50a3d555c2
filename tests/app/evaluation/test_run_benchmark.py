"""`dialens eval`: run, table, compare, report, as a person meets them."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from eval.benchmarks.labelled.labelled_pairs import Pairs
from eval.benchmarks.labelled.labelled_sets import LABELLED, LabelledSet
from tests.app.test_commands import COLOURS, paint, run, run_json


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """COCO's official files with three pictures of walls in them."""
    folder = tmp_path_factory.mktemp("coco")
    images, annotations = [], []
    for at, (name, colour) in enumerate(COLOURS.items()):
        paint(folder / "val2017" / f"{name}.png", colour, (120, 90))
        Image.open(folder / "val2017" / f"{name}.png").save(folder / "val2017" / f"{name}.jpg")
        images.append({"id": at, "file_name": f"{name}.jpg"})
        annotations.append({"id": at, "image_id": at, "caption": f"a {name} wall"})
    (folder / "annotations").mkdir()
    plain = {"images": images, "annotations": annotations}
    (folder / "annotations" / "captions_val2017.json").write_text(json.dumps(plain))
    return folder


@pytest.fixture(scope="module")
def runs(
    data: Path, tmp_path_factory: pytest.TempPathFactory, new_home: Callable[[], Path]
) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    (folder / "offline.toml").write_text('encoder = "offline"\n')
    (folder / "picky.toml").write_text('encoder = "offline"\nreranker = "pick"\nshortlist = 2\n')
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIALENS_HOME", str(new_home()))
        systems = ("--system", str(folder / "offline.toml"), "--system", str(folder / "picky.toml"))
        where = ("--data", str(data), "--out", str(folder / "runs"), "--task", "text-to-image")
        shown, said = run("eval", "run", "coco-val2017", *systems, *where)
    assert "3 pictures, 3 captions" in shown
    assert "picky" in shown
    assert "runs are kept in" in said
    return folder / "runs"


def test_a_copy_that_lacks_something_is_told_so_and_the_command_fails(data: Path) -> None:
    shown, _ = run("eval", "prepare", "coco-val2017", "--from", str(data), code=1)
    assert "3 questions over 3 items; published are 25014 over 5000" in shown
    found = run("eval", "prepare", "flickr30k", "--from", str(data), "--json", code=1)[0]
    assert "dataset_flickr30k.json" in json.loads(found)["problems"][0]


def test_the_benchmarks_are_listed() -> None:
    names = [one["name"] for one in run_json("eval", "list")]
    assert {"flickr30k", "coco-1k", "circo-val", "chatir", "stamps-eval"} <= set(names)


def test_saved_runs_are_scored_again_in_every_form(runs: Path) -> None:
    held = run_json_of("eval", "table", str(runs), "--format", "json", "--measure", "R@3")
    assert [row["figures"] for row in held["rows"]] == [{"R@3": 1.0}, {"R@3": 1.0}]
    text, _ = run("eval", "table", str(runs), "--format", "markdown")
    assert "| text-to-image | offline |" in text
    assert "| R@1 first | R@1 |" in text
    assert "\\toprule" in run("eval", "table", str(runs), "--format", "latex")[0]
    assert run("eval", "table", str(runs), "--format", "csv")[0].startswith("task,system,")
    _, error = run("eval", "table", str(runs), "--format", "word", code=1)
    assert "form must be terminal, json, markdown, latex, csv; got 'word'" in error


def run_json_of(*command: str) -> dict[str, list[dict[str, object]]]:
    held: dict[str, list[dict[str, object]]] = json.loads(run(*command)[0])
    return held


def test_two_runs_are_compared(runs: Path) -> None:
    first, second = sorted((runs / "coco-val2017" / "text-to-image").glob("*-*/run.json"))
    shown, _ = run("eval", "compare", str(first.parent), str(second.parent), "--browse", "2")
    assert "paired randomisation" in " ".join(shown.split())
    assert re.search(r"\d better, \d worse, \d as before", shown)
    held = run_json("eval", "compare", str(first.parent), str(second.parent))
    assert set(held) >= {"mean", "low", "high", "p", "wins", "losses"}
    page = runs / "changes.html"
    run("eval", "compare", str(first.parent), str(second.parent), "--html", str(page))
    assert "picky against offline" in page.read_text()
    _, error = run("eval", "compare", str(runs), str(second.parent), code=1)
    assert "holds 2 runs; name the folder of one" in error


def test_a_report_is_one_page_that_asks_for_nothing(runs: Path, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    run("eval", "report", str(runs), "--html", str(page))
    html = page.read_text()
    assert html.count("<svg") >= 4  # the lens, and three plots
    assert not re.findall(r"(?:src|href)=[\"']?(?!data:|#)(?!\./)[^\"'> ]+", html)
    assert "<h3>text-to-image</h3>" in html
    assert "&#34;protocol&#34;" in html or "&quot;protocol&quot;" in html


def test_a_labelled_set_is_scored_from_vectors(
    data: Path, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    walls = tuple(data / "val2017" / f"{name}.jpg" for name in COLOURS)
    pairs = Pairs(walls, tuple(f"a {name} wall" for name in COLOURS), np.eye(3, dtype=bool))
    every = np.arange(3)
    small = LabelledSet("walls", "walls", (), lambda _: pairs, lambda _: (every, every, every), 3)
    monkeypatch.setitem(LABELLED, "walls", small)
    system = str(runs.parent / "offline.toml")
    shown, _ = run("eval", "run", "walls", "--data", str(data), "--system", system)
    assert "3 pairs, 3 queries, 3 ranked" in shown
    assert "MAP@all 384 bits" in " ".join(shown.split())


def test_a_folder_without_runs_is_named(tmp_path: Path) -> None:
    _, error = run("eval", "table", str(tmp_path), code=1)
    assert f"{tmp_path}: no finished run there" in error
