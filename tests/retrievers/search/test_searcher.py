import re
import shutil
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from retrievers.collection.collection import Collection
from retrievers.collection.filters.row_filters import meeting
from retrievers.collection.sync.sync import sync
from retrievers.encoder import Vectors
from retrievers.hit import Hit
from retrievers.query import Filters, Query
from retrievers.search import searcher as room
from retrievers.search.searcher import Searcher
from tests.encoders import COLOURS, ColourEncoder
from tests.retrievers.galleries import gallery


def plain(path: Path, colour: str, size: tuple[int, int] = (30, 20)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, COLOURS[colour]).save(path)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number, colour in enumerate(COLOURS):
        plain(tmp_path / "pictures" / f"IMG_{number}.png", colour, (30 + number, 20))
    return tmp_path / "pictures"


@pytest.fixture
def searcher(folder: Path, tmp_path: Path) -> Searcher:
    encoder = ColourEncoder()
    collection = Collection.create(tmp_path / "c", encoder=encoder.name, dim=encoder.dim)
    sync(collection, encoder, folder)
    return Searcher(collection, encoder)


def names(hits: list[Hit]) -> list[str]:
    return [hit.picture.path.name for hit in hits]


def colour_of(hit: Hit) -> str:
    with Image.open(hit.picture.path) as image:
        pixel = image.convert("RGB").getpixel((0, 0))
    return next(name for name, value in COLOURS.items() if value == pixel)


def id_of(searcher: Searcher, colour: str) -> str:
    return searcher.search(Query(wanted=(colour,)), 1)[0].picture.id


@pytest.mark.parametrize("colour", COLOURS)
def test_words_find_pictures_by_their_vectors(searcher: Searcher, colour: str) -> None:
    hits = searcher.search(Query(wanted=(f"a {colour} wall",)), 3)
    assert colour_of(hits[0]) == colour
    assert [hit.rank for hit in hits] == [1, 2, 3]
    assert hits[0].why.ranks["vector"] == 1
    assert hits[0].score >= hits[1].score >= hits[2].score


def test_an_example_finds_what_looks_like_it(searcher: Searcher, tmp_path: Path) -> None:
    example = plain(tmp_path / "example.png", "purple", (50, 50))
    assert colour_of(searcher.search(Query(examples=(example,)), 1)[0]) == "purple"


def test_more_like_a_picture_of_the_collection(searcher: Searcher) -> None:
    cyan = id_of(searcher, "cyan")
    assert searcher.search(Query(like=(cyan,)), 1)[0].picture.id == cyan
    hits = searcher.search(Query(like=(cyan,), excluded=frozenset({cyan})), 8)
    assert len(hits) == 7 and cyan not in [hit.picture.id for hit in hits]


class Repainting(ColourEncoder):
    """Reads a picture and words together: the picture's places, in the colour of the words."""

    name = "test:repainting"
    composes = True

    def encode_composed(self, images: Sequence[Image.Image], words: Sequence[str]) -> Vectors:
        said = [next(one for one in COLOURS if one in text.split()) for text in words]
        painted = [
            Image.new("RGB", one.size, COLOURS[to]) for one, to in zip(images, said, strict=True)
        ]
        for image, result in zip(images, painted, strict=True):
            result.paste("black", mask=image.convert("L").point(lambda light: 255 * (light < 9)))
        return self.encode_images(painted)


def spot(path: Path, colour: str, left: bool) -> Path:
    image = Image.new("RGB", (20, 20), "black")
    image.paste(COLOURS[colour], (0 if left else 10, 0, 10 if left else 20, 10))
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path)
    return path


def test_like_this_but_in_red_keeps_this(tmp_path: Path) -> None:
    for colour in ("red", "blue"):
        for side in ("left", "right"):
            spot(tmp_path / "pictures" / f"{colour}-{side}.png", colour, side == "left")
    encoder = Repainting()
    collection = Collection.create(tmp_path / "c", encoder=encoder.name, dim=encoder.dim)
    sync(collection, encoder, tmp_path / "pictures")
    searcher = Searcher(collection, encoder)
    example = spot(tmp_path / "example.png", "yellow", left=False)
    hits = searcher.search(Query(wanted=("in red",), examples=(example,)), 1)
    assert names(hits) == ["red-right.png"]
    (liked,) = [
        hit.picture.id
        for hit in searcher.search(Query(wanted=("blue",)), 4)
        if hit.picture.path.name == "blue-left.png"
    ]
    query = Query(wanted=("in red",), like=(liked,), excluded=frozenset({liked}))
    assert names(searcher.search(query, 1)) == ["red-left.png"]
    (tmp_path / "pictures" / "blue-left.png").unlink()
    assert len(searcher.search(query, 2)) == 2  # by the stored vector, as without joint ones


def test_vectors_of_another_prompt_are_refused_with_one_line(tmp_path: Path) -> None:
    encoder = ColourEncoder()
    made, here = (f"embedding:net#1?dim={encoder.dim}&prompts={one}" for one in ("aa", "bb"))
    collection = Collection.create(tmp_path / "c", encoder=made, dim=encoder.dim)
    encoder.name = here
    told = f"the vectors of 'c' are of {made}, not of {here}; take that encoder, or move"
    with pytest.raises(ValueError, match=re.escape(told)):
        Searcher(collection, encoder)
    encoder.name = f"{made}+map:abc"
    Searcher(collection, encoder)


def test_what_is_unwanted_sinks(searcher: Searcher) -> None:
    both = searcher.search(Query(wanted=("red blue",)), 2)
    assert {colour_of(hit) for hit in both} == {"red", "blue"}
    first = searcher.search(Query(wanted=("red blue",), unwanted=("blue",)), 1)
    assert colour_of(first[0]) == "red"


def test_k_below_one_is_refused(searcher: Searcher) -> None:
    with pytest.raises(ValueError, match="k must be at least 1; got 0"):
        searcher.search(Query(), 0)


def test_an_empty_collection_has_no_hits(tmp_path: Path) -> None:
    collection = Collection.create(tmp_path / "c", encoder="test:colours-2x2", dim=32)
    searcher = Searcher(collection, ColourEncoder())
    assert searcher.search(Query(wanted=("red",)), 5) == []
    assert searcher.search(Query(), 5) == []


def test_a_telling_word_in_a_file_name_comes_first(searcher: Searcher, folder: Path) -> None:
    plain(folder / "IMG_1234 paris.png", "black", (40, 41))
    sync(searcher.collection, ColourEncoder(), folder)
    (first, *_) = searcher.search(Query(wanted=("Paris",)), 3)
    assert names([first]) == ["IMG_1234 paris.png"]
    assert first.why.words == ("paris",)
    assert first.why.ranks["words"] == 1


def test_a_file_name_does_not_beat_a_picture_that_clearly_matches(
    searcher: Searcher, folder: Path
) -> None:
    plain(folder / "red herring.png", "blue", (40, 41))
    sync(searcher.collection, ColourEncoder(), folder)
    first, second, *_ = searcher.search(Query(wanted=("red",)), 3)
    assert colour_of(first) == "red" and first.why.words == ()
    assert names([second]) == ["red herring.png"] and second.why.words == ("red",)


class Latin(ColourEncoder):
    """Knows no other script, as the offline encoder; what it makes of one is noise."""

    def reads(self, text: str) -> bool:
        return any(character.isascii() and character.isalpha() for character in text)

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        return super().encode_texts([text if self.reads(text) else "red" for text in texts])


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("Київ вокзал", "Київ"),
        ("ԵՐԵՎԱՆ", "երևան"),
        ("ﾄﾖﾀ", "トヨタ"),
        ("วันสงกรานต์เชียงใหม่", "เชียงใหม่"),
        ("παραλία 3", "η παραλία το βράδυ"),
    ],
)
def test_words_of_a_script_that_the_encoder_cannot_read_come_first(
    tmp_path: Path, name: str, asked: str
) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for at in range(12):
        plain(folder / f"{at}.png", "red", (40 + at, 40))
    plain(folder / f"{name}.png", "blue", (40, 41))
    encoder = Latin()
    collection = Collection.create(tmp_path / "c", encoder=encoder.name, dim=encoder.dim)
    sync(collection, encoder, folder)
    assert names(Searcher(collection, encoder).search(Query(wanted=(asked,)), 1)) == [f"{name}.png"]


def test_among_pictures_of_one_name_the_picture_decides(
    searcher: Searcher, folder: Path, tmp_path: Path
) -> None:
    for number, colour in enumerate(["blue", "red", "green", "red"]):
        plain(folder / "rome" / f"{number}.png", colour, (50 + number, 41))
    sync(searcher.collection, ColourEncoder(), folder)
    example = plain(tmp_path / "example.png", "red")
    hits = searcher.search(Query(wanted=("rome",), examples=(example,)), 3)
    assert [colour_of(hit) for hit in hits] == ["red", "red", "red"]
    assert [hit.why.ranks["words"] for hit in hits[:2]] == [1, 1]  # equal ones share a place


def test_a_word_that_most_file_names_share_says_nothing(searcher: Searcher) -> None:
    hits = searcher.search(Query(wanted=("red img",)), 3)
    assert colour_of(hits[0]) == "red"
    for number in range(20):
        plain(hits[0].picture.path.with_name(f"IMG_more{number}.png"), "black", (60 + number, 9))
    sync(searcher.collection, ColourEncoder(), hits[0].picture.path.parent)
    (first, *_) = searcher.search(Query(wanted=("red img",)), 3)
    assert colour_of(first) == "red" and first.why.words == ()


def test_part_of_the_words_does_not_beat_the_picture(searcher: Searcher, folder: Path) -> None:
    plain(folder / "night.png", "black", (44, 44))
    sync(searcher.collection, ColourEncoder(), folder)
    hits = searcher.search(Query(wanted=("yellow flowers at night under lamps",)), 2)
    assert colour_of(hits[0]) == "yellow"


@pytest.mark.parametrize("text", ['"', "a AND", "NEAR(", "x OR *", "col:umn", "-", "😀 ∞", "'"])
def test_any_text_is_searched_without_an_error(searcher: Searcher, text: str) -> None:
    assert len(searcher.search(Query(wanted=(text,)), 3)) == 3


def test_what_another_process_commits_is_found_next_time(searcher: Searcher, folder: Path) -> None:
    assert len(searcher.search(Query(wanted=("red",)), 50)) == 8
    other = Collection.open(searcher.collection.folder)
    plain(folder / "another.png", "red", (90, 91))
    sync(other, ColourEncoder(), folder)
    hits = searcher.search(Query(wanted=("red",)), 50)
    assert len(hits) == 9 and "another.png" in names(hits)[:2]
    shutil.rmtree(folder / "x", ignore_errors=True)
    (folder / "another.png").unlink()
    sync(other, ColourEncoder(), folder)
    assert len(searcher.search(Query(wanted=("red",)), 50)) == 8
    other.close()


def test_a_query_of_filters_alone_is_newest_first(tmp_path: Path) -> None:
    collection = gallery(tmp_path)
    hits = Searcher(collection, ColourEncoder()).search(Query(), 50)
    taken = [hit.picture.taken for hit in hits]
    dated = [when for when in taken if when]
    assert dated == sorted(dated, reverse=True)
    assert taken[len(dated) :] == [None] * (len(taken) - len(dated))


def test_filters_never_cost_a_result_that_exists(tmp_path: Path) -> None:
    collection = gallery(tmp_path)
    filters = Filters(tags=("boat",))
    mask = meeting(collection, filters)
    assert mask is not None
    hits = Searcher(collection, ColourEncoder()).search(Query(wanted=("red",), filters=filters), 5)
    assert len(hits) == min(5, int(mask.sum()))
    assert [hit.picture.id for hit in hits] == sorted(hit.picture.id for hit in hits)  # all tie


def test_many_queries_find_what_each_finds_alone(searcher: Searcher, tmp_path: Path) -> None:
    example = plain(tmp_path / "example.png", "green")
    cyan, red = id_of(searcher, "cyan"), id_of(searcher, "red")
    small = Filters(max_pixels=33 * 20)
    queries = [
        Query(wanted=("red",)),
        Query(wanted=("red", "blue"), unwanted=("white",)),
        Query(wanted=("img 3",), filters=small),
        Query(wanted=("blue",), filters=small),
        Query(examples=(example,), excluded=frozenset({red})),
        Query(like=(cyan,), excluded=frozenset({cyan, red})),
        Query(filters=small),
        Query(),
    ]
    together = searcher.search_many(queries, 4)
    assert together == [searcher.search(query, 4) for query in queries]
    assert searcher.search_many([], 4) == []


def test_what_is_excluded_never_comes_and_the_rest_does(searcher: Searcher) -> None:
    every = [hit.picture.id for hit in searcher.search(Query(wanted=("red",)), 50)]
    for count in range(9):
        query = Query(wanted=("red",), excluded=frozenset(every[:count]) | {"0" * 16})
        assert [hit.picture.id for hit in searcher.search(query, 8)] == every[count:]


def test_a_liked_picture_that_is_gone_is_of_no_account(searcher: Searcher) -> None:
    gone = "f" * 16
    query = Query(wanted=("red",))
    with_gone = replace(query, like=(gone,), unlike=(gone,))
    assert searcher.search(with_gone, 8) == searcher.search(query, 8)
    assert len(searcher.search(Query(like=(gone,)), 8)) == 8


class Interrupted(ColourEncoder):
    """While it encodes a text, another process does something."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: Callable[[], None] = lambda: None

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        self.meanwhile()
        return super().encode_texts(texts)


def test_a_search_sees_one_state_though_another_process_writes(
    searcher: Searcher, folder: Path
) -> None:
    encoder = Interrupted()
    slow, other = (
        Searcher(searcher.collection, encoder),
        Collection.open(searcher.collection.folder),
    )

    def meanwhile() -> None:
        (folder / "IMG_0.png").unlink()
        plain(folder / "red.png", "red", (77, 78))
        sync(other, ColourEncoder(), folder)

    encoder.meanwhile = meanwhile
    query = Query(wanted=("red img",))
    assert len(names(slow.search(query, 50))) == 8
    encoder.meanwhile = lambda: None
    hits = slow.search(query, 50)
    assert "red.png" in names(hits)[:1] and "IMG_0.png" not in names(hits)
    other.close()


def test_threads_take_turns(searcher: Searcher) -> None:
    wanted = [Query(wanted=(colour,)) for colour in COLOURS]
    alone = [searcher.search(query, 5) for query in wanted]
    found: dict[int, list[Hit]] = {}

    def run(at: int) -> None:
        for _ in range(10):
            found[at] = searcher.search(wanted[at], 5)

    threads = [threading.Thread(target=run, args=(at,)) for at in range(len(wanted))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[at] for at in range(len(wanted))] == alone


def test_an_encoder_of_another_length_is_refused(tmp_path: Path) -> None:
    collection = Collection.create(tmp_path / "c", encoder="e", dim=7)
    with pytest.raises(ValueError, match=r"must have length 7, as those of 'c'; test:colours.* 32"):
        Searcher(collection, ColourEncoder())


def test_an_approximate_search_of_a_few_pictures_is_the_same(
    searcher: Searcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "WORTHWHILE", 0)
    near = Searcher(searcher.collection, ColourEncoder(), approximate=True)
    for colour in COLOURS:
        query = Query(wanted=(colour,), filters=Filters(min_pixels=620))
        assert near.search(query, 2) == searcher.search(query, 2)
    assert list(searcher.collection.folder.glob("index-0-hnsw.faiss"))
