"""Do the words of offline captions help to find pictures, and does the OCR read what is written?

    python -m benchmarks.captions
    python -m benchmarks.captions --photos FOLDER   # holds labels.csv with the columns file,label

The pictures are indexed under numbers for names, so that no file name gives an answer away. Words
are fused with vectors as in any search.
"""

import argparse
import csv
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

from PIL import Image, ImageDraw, ImageFont
from rich.console import Console
from rich.table import Table

from agent.captioning.captions import Captions
from agent.mllm.mllm import Mllm
from agent.mllm.offline_mllm import OfflineMllm
from agent.ocr import SIDE, TextReader
from eval.benchmarks.published.tux_paint_stamps import load_stamps
from eval.metrics.recall import recall_at
from eval.ranking import rank_in
from retrievers.collection.collection import Collection
from retrievers.collection.sync.sync import sync
from retrievers.collection.writer import CollectionWriter
from retrievers.hit import Picture
from retrievers.offline.encoder import OfflineEncoder
from retrievers.pictures import read_picture
from retrievers.query import Query
from retrievers.search.searcher import Searcher

Asked = Sequence[tuple[Path, str]]
WORDS = (
    *("EXIT", "NO PARKING", "Platform 9", "Bakery since 1923", "Keep off the grass", "Room 215"),
    *("Ausfahrt freihalten", "Sortie de secours", "www.example.org", "Total 35,90 EUR"),
)
SIZES = (14, 20, 32, 64)  # pixels, of a picture 960 wide
INKS = (("black", "white"), ("white", "darkgreen"), ("grey", "lightgrey"), ("yellow", "tan"))


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=Path, help="a folder of photographs with labels.csv")
    parser.add_argument("--every", type=int, default=1, help="take only each nth picture")
    options = parser.parse_args(argv)
    encoder, reader = OfflineEncoder(threads=1), TextReader(threads=1)
    mllm = OfflineMllm(encoder, threads=1, reads=False)
    galleries = {"stamps, eval": [(stamp.path, stamp.caption) for stamp in load_stamps("eval")]}
    if options.photos:
        rows = csv.DictReader((options.photos / "labels.csv").open(encoding="utf-8"))
        galleries["photographs"] = [(options.photos / row["file"], row["label"]) for row in rows]
    found = Table("pictures", "words", "pool", "R@1", "R@10", title="text -> picture")
    Console().print(signs(reader))
    for name, every in galleries.items():
        asked = every[:: options.every]
        texts, seconds = read_all(reader, [path for path, _ in asked])
        Console().print(f"{name}: {seconds:.2f} s of CPU a picture for its text", texts, sep="\n")
        for words, one, ten in compare(asked, encoder, mllm, texts):
            found.add_row(name, words, str(len(asked)), f"{one:.3f}", f"{ten:.3f}")
    Console().print(found)


def read_all(reader: TextReader, paths: Sequence[Path]) -> tuple[dict[str, str], float]:
    """Return the text by file, where there is any, and the seconds of CPU per picture."""
    images = [read_picture(path, min_side=SIDE).image for path in paths]
    begin = process_time()
    found = ["\n".join(reader.lines(image)) for image in images]
    seconds = (process_time() - begin) / len(paths)
    return {p.name: text for p, text in zip(paths, found, strict=True) if text}, seconds


def compare(
    asked: Asked, encoder: OfflineEncoder, mllm: Mllm, texts: Mapping[str, str]
) -> list[tuple[str, float, float]]:
    """Return (which words, R@1, R@10) for none, captions, text, and both."""
    results = []
    with TemporaryDirectory() as folder:
        collection = Collection.create(Path(folder) / "c", encoder=encoder.name, dim=encoder.dim)
        ids = index(collection, encoder, asked, Path(folder) / "pictures")
        pictures = collection.pictures(collection.rows_of(ids))
        captions = Captions(mllm, lambda _: pictures[0]).of(pictures)
        read = [texts.get(path.name, "") for path, _ in asked]
        nothing = [""] * len(pictures)
        for words, caption, text in (
            ("none", nothing, nothing),
            ("captions", captions, nothing),
            ("text", nothing, read),
            ("both", captions, read),
        ):
            describe(collection, pictures, caption, text)
            searcher = Searcher(collection, encoder)
            ranks = [rank(searcher, said, one) for one, (_, said) in zip(ids, asked, strict=True)]
            results.append((words, recall_at(1, ranks), recall_at(10, ranks)))
        collection.close()
    return results


def index(collection: Collection, encoder: OfflineEncoder, asked: Asked, folder: Path) -> list[str]:
    """Index copies under numbers; returns their ids in order."""
    folder.mkdir()
    for number, (path, _) in enumerate(asked):
        shutil.copy(path, folder / f"{number:05}{path.suffix}")
    sync(collection, encoder, folder)
    rows = [row for (row,) in collection.db.execute("SELECT row FROM pictures")]
    ids = {path.stem: one.id for one in collection.pictures(rows) for path in one.paths}
    return [ids[f"{number:05}"] for number in range(len(asked))]


def describe(
    collection: Collection,
    pictures: Sequence[Picture],
    captions: Sequence[str],
    texts: Sequence[str],
) -> None:
    with CollectionWriter(collection) as writer:
        for picture, caption, text in zip(pictures, captions, texts, strict=True):
            writer.describe(collection.rows_of([picture.id])[0], caption=caption, text=text)


def rank(searcher: Searcher, text: str, wanted: str) -> int | None:
    hits = searcher.search(Query(wanted=(text,)), 10)
    return rank_in(hits, {wanted})


def signs(reader: TextReader) -> Table:
    """Return how many written signs are read to the letter, by size and ink."""
    table = Table("ink on ground", *(f"{size} px" for size in SIZES), title="signs read")
    for ink in INKS:
        right = [
            sum(" ".join(reader.lines(sign(says, size, *ink))) == says for says in WORDS)
            for size in SIZES
        ]
        table.add_row(" on ".join(ink), *(f"{count}/{len(WORDS)}" for count in right))
    return table


def sign(says: str, size: int, ink: str, ground: str) -> Image.Image:
    board = Image.new("RGB", (960, 720), ground)
    ImageDraw.Draw(board).text((60, 300), says, fill=ink, font=ImageFont.load_default(size))
    return board


if __name__ == "__main__":
    main()
