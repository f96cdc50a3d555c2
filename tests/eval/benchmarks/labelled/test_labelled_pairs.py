from pathlib import Path

import numpy as np
import pytest
from numpy.random import default_rng
from typer.testing import CliRunner

from app.cli import app
from eval.benchmarks.dataset import DatasetError
from eval.benchmarks.labelled import labelled_files as files
from eval.benchmarks.labelled.labelled_pairs import LabelledPairs, Pairs, evaluate, held_out, split
from eval.benchmarks.labelled.labelled_sets import SETS, divided, labelled_problems, labelled_set
from eval.metrics.average_precision import average_precision
from tests.eval.benchmarks.copies import write


def pairs(count: int, kinds: int = 4) -> Pairs:
    """Pairs with one to `kinds` labels."""
    rng = default_rng(0)
    labels = rng.random((count, kinds)) < 0.3
    labels[np.arange(count), rng.integers(0, kinds, count)] = True
    return Pairs((Path("a.jpg"),) * count, ("a",) * count, labels)


def asked(count: int = 300, query: int = 40) -> LabelledPairs:
    held = pairs(count)
    return LabelledPairs("small", "small", held, *split(held, query=query, train=100))


def by_hand(one: LabelledPairs, queries: np.ndarray, gallery: np.ndarray) -> float:
    """Sort each query's items by score, the wrong ones first among equals."""
    values = []
    for place in one.query:
        scores = gallery[one.retrieval] @ queries[place]
        right = (one.pairs.labels[one.retrieval] & one.pairs.labels[place]).any(axis=1)
        order = np.lexsort((right, -scores))
        values.append(average_precision(np.flatnonzero(right[order]) + 1, int(right.sum())))
    return float(np.mean(values))


@pytest.mark.parametrize("hamming", [False, True])
def test_map_is_that_of_sorting_every_querys_items(hamming: bool) -> None:
    one, rng = asked(), default_rng(1)
    pictures, texts = (np.sign(rng.normal(size=(300, 16))) for _ in range(2))
    found = evaluate(one, pictures, texts, hamming=hamming)
    assert found["image-to-text"] == pytest.approx(by_hand(one, pictures, texts))
    assert found["text-to-image"] == pytest.approx(by_hand(one, texts, pictures))


@pytest.mark.parametrize("hamming", [False, True])
def test_perfect_and_constant_codes_score_what_theory_says(hamming: bool) -> None:
    held = Pairs((Path("a.jpg"),) * 80, ("a",) * 80, np.eye(4, dtype=bool)[np.arange(80) % 4])
    one = LabelledPairs("small", "small", held, *split(held, query=20, train=10))
    perfect = np.where(held.labels, 1.0, -1.0)
    assert set(evaluate(one, perfect, perfect, hamming=hamming).values()) == {1.0}
    right = [
        int(held.labels[one.retrieval][:, own].sum())
        for own in np.argmax(held.labels, 1)[one.query]
    ]
    worst = np.mean([average_precision(np.arange(60 - r, 60) + 1, r) for r in right])
    constant = np.ones((80, 8))
    for value in evaluate(one, constant, constant, hamming=hamming).values():
        assert value == pytest.approx(worst)


def test_random_codes_reach_the_share_of_right_items() -> None:
    one, rng = asked(2_000, 200), default_rng(2)
    found = evaluate(one, rng.normal(size=(2_000, 32)), rng.normal(size=(2_000, 32)))
    own, held = one.pairs.labels[one.query], one.pairs.labels[one.retrieval]
    share = np.mean((own.astype(int) @ held.T.astype(int)) > 0)
    assert found["image-to-text"] == pytest.approx(share, rel=0.05)


def test_a_row_is_needed_for_every_pair() -> None:
    with pytest.raises(ValueError, match="texts must have 300 rows, one a pair; got 2"):
        evaluate(asked(), np.ones((300, 2)), np.ones((2, 2)))


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("mirflickr-p1", (20_015, 2_000, 18_015, 10_000)),
        ("mirflickr-p2", (24_581, 5_000, 19_581, 10_000)),
        ("nuswide-p1", (195_834, 2_100, 193_734, 10_500)),
        ("nuswide-p2", (195_834, 5_000, 190_834, 10_000)),
        ("coco-p2", (122_218, 5_000, 117_218, 10_000)),
        ("wikipedia-693", (2_866, 693, 693, 2_173)),
        ("wikipedia-462", (2_866, 462, 462, 2_173)),
        ("pascal-sentence", (1_000, 100, 100, 800)),
    ],
)
def test_the_parts_are_as_large_as_published(name: str, counts: tuple[int, ...]) -> None:
    one, again = (divided(labelled_set(name), pairs(counts[0])) for _ in range(2))
    assert (len(one.pairs), len(one.query), len(one.retrieval), len(one.train)) == counts
    assert not set(one.query) & set(one.train)
    assert np.array_equal(one.query, again.query)
    assert f"{counts[1]:,} queries, {counts[2]:,} ranked" in one.protocol
    if name.endswith(("p1", "p2")):
        assert set(one.train) < set(one.retrieval)
        assert not set(one.query) & set(one.retrieval)


def test_too_few_pairs_are_refused() -> None:
    with pytest.raises(ValueError, match="9 queries and 2 to train on need more than 10 pairs"):
        split(pairs(10), query=9, train=2)
    with pytest.raises(ValueError, match="9 to train on and 2 to test need more than 10 pairs"):
        held_out(pairs(10), train=9, test=2)


def test_mirflickr_leaves_out_the_unlabelled_and_p1_those_without_frequent_tags(
    tmp_path: Path,
) -> None:
    tags, labels = tmp_path / "mirflickr/meta/tags", tmp_path / "mirflickr25k_annotations_v080"
    tags.mkdir(parents=True)
    labels.mkdir()
    for number, held in enumerate(["dog\nred", "dog\nrare", "once", "dog"], start=1):
        (tags / f"tags{number}.txt").write_text(held)
    (labels / "animals.txt").write_text("1\n2\n3\n")
    (labels / "sky.txt").write_text("2\n")
    (labels / "sky_r1.txt").write_text("4\n")
    (labels / "README.txt").write_text("see the page")
    everyone = files.mirflickr(tmp_path, often=0)
    assert everyone.texts == ("dog red", "dog rare", "once")
    assert everyone.labels.tolist() == [[True, False], [True, True], [True, False]]
    assert everyone.pictures[0] == tmp_path / "mirflickr/im1.jpg"
    assert files.mirflickr(tmp_path, often=2).texts == ("dog", "dog")


def test_nuswide_keeps_its_most_frequent_concepts(tmp_path: Path) -> None:
    write(tmp_path / "ImageList/Imagelist.txt", 0)
    write(tmp_path / "NUS_WID_Tags/All_Tags.txt", 0)
    (tmp_path / "ImageList/Imagelist.txt").write_text("a\\1.jpg\nb\\2.jpg\nb\\3.jpg\n")
    (tmp_path / "NUS_WID_Tags/All_Tags.txt").write_text("11      red dog\n12      sky\n13  \n")
    concepts = tmp_path / "Groundtruth/AllLabels"
    concepts.mkdir(parents=True)
    for at in range(21):
        (concepts / f"Labels_c{at:02}.txt").write_text("1\n1\n0\n")
    (concepts / "Labels_seldom.txt").write_text("0\n0\n1\n")
    held = files.nuswide(tmp_path)
    assert held.texts == ("red dog", "sky")
    assert held.labels.shape == (2, 21)
    assert held.pictures[0] == tmp_path / "Flickr/a/1.jpg"
    (concepts / "Labels_seldom.txt").write_text("1\n")
    with pytest.raises(DatasetError, match=r"must be equally long; got \[1, 3\]"):
        files.nuswide(tmp_path)


def test_coco_takes_both_halves_and_leaves_out_pictures_of_nothing(tmp_path: Path) -> None:
    for half, first in (("train", 1), ("val", 3)):
        images = [{"id": at, "file_name": f"{half}{at}.jpg"} for at in (first, first + 1)]
        things = [{"image_id": first, "category_id": 90}]
        captions = [
            {"id": 2, "image_id": first, "caption": "second"},
            {"id": 1, "image_id": first, "caption": f"{half} first "},
        ]
        plain = {"images": images, "categories": [{"id": 5}, {"id": 90}], "annotations": things}
        write(tmp_path / f"annotations/instances_{half}2014.json", plain)
        write(tmp_path / f"annotations/captions_{half}2014.json", {"annotations": captions})
    held = files.coco(tmp_path)
    assert held.texts == ("train first", "val first")
    assert held.labels.tolist() == [[False, True], [False, True]]
    assert held.pictures[1] == tmp_path / "val2014/val3.jpg"


def test_wikipedias_training_pairs_come_first(tmp_path: Path) -> None:
    (tmp_path / "texts").mkdir()
    for name in ("t1", "t2"):
        (tmp_path / f"texts/{name}.xml").write_text(f"<doc><text>\nof {name} &c\n</text></doc>")
    (tmp_path / "categories.list").write_text("art\nbiology\n")
    (tmp_path / "trainset_txt_img_cat.list").write_text("t1\tp1\t2\n")
    (tmp_path / "testset_txt_img_cat.list").write_text("t2\tp2\t1\n")
    held = files.wikipedia(tmp_path)
    assert held.texts == ("of t1 &c", "of t2 &c")
    assert held.labels.tolist() == [[False, True], [True, False]]
    assert held.pictures[0] == tmp_path / "images/biology/p1.jpg"
    (tmp_path / "testset_txt_img_cat.list").write_text("t2 p2 1\n")
    with pytest.raises(DatasetError, match=r"testset_txt_img_cat.list: row 1: not enough values"):
        files.wikipedia(tmp_path)


def test_pascal_sentence_takes_turns_between_classes(tmp_path: Path) -> None:
    for kind in ("bird", "cat"):
        for at in range(2):
            path = tmp_path / "sentence" / kind / f"{kind}{at}.txt"
            write(path, 0)
            path.write_text("one\ntwo\n")
    held = files.pascal_sentence(tmp_path)
    assert [path.stem for path in held.pictures] == ["bird0", "cat0", "bird1", "cat1"]
    assert held.texts[0] == "one two"
    assert held.labels.tolist() == [[True, False], [False, True]] * 2


@pytest.mark.parametrize("name", [one.name for one in SETS])
def test_a_missing_part_is_named_with_where_it_can_be_had(name: str, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"^no .* in .*; it can be had at https?://"):
        labelled_set(name).load(tmp_path)


def test_other_counts_are_told_and_unknown_sets_answered_with_those_there_are(
    tmp_path: Path,
) -> None:
    (tmp_path / "dataset").mkdir()
    write(tmp_path / "sentence/cat/1.txt", 0)
    with pytest.raises(DatasetError, match=r"has 1 pairs in .*; published are 1000"):
        labelled_set("pascal-sentence").load(tmp_path)
    with pytest.raises(DatasetError, match="no labelled set 'x'; there are mirflickr-p1, "):
        labelled_set("x")


def test_prepare_says_what_a_labelled_set_lacks(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["eval", "prepare", "mirflickr-p2", "--from", str(tmp_path)])
    assert done.exit_code == 1
    assert done.stdout.splitlines() == labelled_problems(labelled_set("mirflickr-p2"), tmp_path)
    assert "https://press.liacs.nl" in done.stdout
    listed = CliRunner().invoke(app, ["eval", "list"]).stdout
    assert all(one.name in listed for one in SETS)


def test_missing_pictures_of_a_labelled_set_are_counted(tmp_path: Path) -> None:
    for kind in range(20):
        for at in range(50):
            path = tmp_path / "sentence" / str(kind) / f"{at}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("a sentence\n")
    (tmp_path / "dataset").mkdir()
    (line,) = labelled_problems(labelled_set("pascal-sentence"), tmp_path)
    assert line.startswith("1000 of 1000 pictures are missing: ")
