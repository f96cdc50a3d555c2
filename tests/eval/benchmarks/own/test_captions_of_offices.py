"""Tables of captions as Excel and Windows write them, and names of scans with the month first."""

from datetime import datetime
from pathlib import Path

import pytest
from PIL import Image

from eval.benchmarks.own.own_pictures import read_captions
from retrievers.pictures.metadata.name_dates import facts_of_name


@pytest.mark.parametrize(
    "text",
    [
        "sep=;\nfile;caption\npics\\alpha.jpg;a dog, brown\n",
        '"sep=,"\nfile,caption\npics\\alpha.jpg,"a dog, brown"\n',
        "SEP=\t\r\nfile\tcaption\r\n.\\pics\\alpha.jpg\ta dog, brown\r\n",
    ],
)
def test_a_table_of_windows_is_read(tmp_path: Path, text: str) -> None:
    (tmp_path / "pics").mkdir()
    Image.new("RGB", (8, 8)).save(tmp_path / "pics" / "alpha.jpg")
    (tmp_path / "table.csv").write_text(text, newline="")
    (one,) = read_captions(tmp_path / "table.csv", home=tmp_path)
    assert (one.path, one.captions) == (tmp_path / "pics" / "alpha.jpg", ("a dog, brown",))


@pytest.mark.parametrize("heading", ["文件名,描述", "ファイル名,説明", "plik,co", "图片,字"])
def test_a_heading_in_any_language_is_told_by_the_files_below_it(
    tmp_path: Path, heading: str
) -> None:
    for name in ("a.jpg", "b.jpg"):
        Image.new("RGB", (8, 8)).save(tmp_path / name)
    table = tmp_path / "table.csv"
    table.write_text(f"{heading}\na.jpg,a cat on the grass\nb.jpg,dog\n")
    found = read_captions(table, home=tmp_path)
    assert [one.captions for one in found] == [("a cat on the grass",), ("dog",)]


@pytest.mark.parametrize(
    ("name", "taken"),
    [
        ("CamScanner 03-15-2021 09.10.jpg", datetime(2021, 3, 15, 9, 10)),
        ("CamScanner 25-03-2021 09.10.jpg", datetime(2021, 3, 25, 9, 10)),
        ("trip 03.04.2018.jpg", datetime(2018, 4, 3)),
        ("scan_25-12-2019.jpg", datetime(2019, 12, 25)),
        ("scan 5-5-2019.jpg", datetime(2019, 5, 5)),
    ],
)
def test_a_day_above_twelve_or_dots_tell_the_order(name: str, taken: datetime) -> None:
    assert [(one.taken, one.stretch) for one in facts_of_name(name).dates] == [(taken, None)]


@pytest.mark.parametrize(
    "name", ["scan_04-12-2019.jpg", "CamScanner 04-05-2019 16.17.18.jpg", "Scan 04_05_2019.jpg"]
)
def test_of_a_day_that_may_be_two_the_year_is_taken_whoever_named_the_file(name: str) -> None:
    (dated,) = facts_of_name(name).dates
    assert (dated.taken.year, dated.stretch) == (2019, "year")
