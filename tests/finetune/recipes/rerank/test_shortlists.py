"""What the first stage hands on, and the figures of what the second makes of it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from agent.rerank.reranker import reordered
from eval.ranking import rank_in
from finetune.error import FinetuneError
from finetune.recipes.rerank.figures import placing, reranking
from finetune.recipes.rerank.settings import RerankConfig
from finetune.recipes.rerank.shortlists import (
    CaptionedPicture,
    Shortlisted,
    content,
    lessons,
    read_told,
    shortlists,
)
from finetune.training.settings_file import read_config, written
from retrievers.encoders.load import load_encoder
from retrievers.hit import Hit, Picture
from retrievers.pictures import read_picture
from retrievers.recorded_files import record_of
from tests.encoders import ColourEncoder
from tests.finetune.recipes.rerank.pictures import write_pictures


def picture(number: int) -> Picture:
    return Picture(f"{number:016x}", "", (Path(f"/{number}.png"),), 8, 8, 1)


def asked(gold: int, *found: int, also: int | None = None) -> Shortlisted:
    hits = tuple(Hit(picture(one), 1 / rank, rank) for rank, one in enumerate(found, start=1))
    right = {picture(gold).id} | ({picture(also).id} if also is not None else set())
    first = rank_in(hits, right)
    return Shortlisted("red boat", picture(gold), frozenset(right), hits, first)


def ids(one: Shortlisted) -> list[int]:
    return [int(hit.picture.id, 16) for hit in one.hits]


def test_the_right_picture_is_injected_in_the_last_place() -> None:
    (found,) = lessons([asked(7, 1, 2, 3)], inject=True)
    assert ids(found) == [1, 2, 7]


def test_without_injection_a_shortlist_that_lost_it_teaches_nothing() -> None:
    found = lessons([asked(7, 1, 2, 3), asked(2, 1, 2, 3)], inject=False)
    assert [ids(one) for one in found] == [[1, 2, 3]]


def test_another_picture_with_the_same_caption_is_no_wrong_answer() -> None:
    found = lessons([asked(2, 1, 2, 3, also=3), asked(2, 2, 3, also=3)], inject=True)
    assert [ids(one) for one in found] == [[1, 2]]


def test_the_shortlist_is_what_the_encoder_finds_first(captions: Path, first_stage: str) -> None:
    encoder, told = load_encoder(first_stage), read_told(captions, None)
    images = [read_picture(one.picture.path, min_side=encoder.image_size).image for one in told]
    vectors = encoder.encode_images(images)
    for one in shortlists(told, encoder, 5)[::7]:
        scores = vectors @ encoder.encode_texts([one.said])[0]
        best = np.sort(scores)[::-1][:5]
        np.testing.assert_allclose([hit.score for hit in one.hits], best, atol=1e-6)
        by_id = {of.picture.id: score for of, score in zip(told, scores, strict=True)}
        own = [by_id[hit.picture.id] for hit in one.hits]
        np.testing.assert_allclose(own, best, atol=1e-6)
        assert [hit.rank for hit in one.hits] == [1, 2, 3, 4, 5]


def test_copies_of_a_picture_are_one_picture_with_all_captions(tmp_path: Path) -> None:
    told = read_told(write_pictures(tmp_path, copies=True), None)
    assert len(told) == 36
    assert told[0].captions == ("red boat", "red boat again")
    assert content(told) != content([replace(told[0], captions=("other",)), *told[1:]])


def test_a_picture_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = write_pictures(tmp_path)
    (tmp_path / "3-0.png").write_bytes(b"no picture")
    with pytest.raises(FinetuneError, match=r"captions: .*3-0\.png"):
        read_told(path, None)


def test_the_figures_count_what_the_first_stage_lost() -> None:
    """Four questions: right at once, second, lost, and last of three."""
    every = [asked(1, 1, 2, 3), asked(2, 1, 2, 3), asked(9, 1, 2, 3), asked(3, 1, 2, 3)]
    orders = [one.hits for one in every]
    orders[1] = orders[1][1:] + orders[1][:1]
    found = reranking(every, orders)
    assert found == {
        "R@1": 0.5,
        "first stage's R@1": 0.25,
        "shortlist's R@3": 0.75,
        "accuracy": pytest.approx(2 / 3),
    }


@pytest.mark.parametrize("k", [1, 2, 5])
def test_pictures_that_look_the_same_to_the_first_stage_count_against_it(
    k: int, tmp_path: Path
) -> None:
    """Three pictures of one colour tie, whatever their files are called, and one is of another."""
    told = []
    for at, colour in enumerate(("red", "red", "red", "blue")):
        Image.new("RGB", (8 + at, 8), colour).save(tmp_path / f"{at}.png")
        told.append(CaptionedPicture(record_of(tmp_path / f"{at}.png"), (f"{colour}{' ' * at}",)))
    every = shortlists(told, ColourEncoder(), k)
    assert [one.first for one in every] == [3, 3, 3, 1]
    found = reranking(every, [one.hits for one in every])
    assert found["first stage's R@1"] == found["R@1"] == 0.25 if k > 1 else found["R@1"] <= 0.5
    assert found[f"shortlist's R@{min(k, 4)}"] == (1.0 if k >= 3 else 0.25)


def test_pictures_that_neither_stage_tells_apart_count_against_both() -> None:
    level = asked(1, 1, 2, 3)
    level = replace(level, hits=tuple(replace(hit, score=0.5) for hit in level.hits))
    scores = {hit.picture.id: 1.0 for hit in level.hits}
    assert reranking([level], [reordered(level.hits, scores, "yesno")])["R@1"] == 0
    scores[picture(1).id] = 1.5
    assert reranking([level], [reordered(level.hits, scores, "yesno")])["R@1"] == 1


def test_a_model_that_always_takes_the_first_place_likes_it() -> None:
    every = [asked(1, 1, 2), asked(2, 1, 2)]
    shown = [one.hits for one in every]
    accuracy, bias = placing(every, shown, shown)
    assert (accuracy, bias) == (0.5, 0.5)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (["method='pick'", "k=27"], r"k: must be in 2\.\.26, one letter each; got 27"),
        (["k=1"], "k: must be at least 2; got 1"),
        (["method='yesno'", "itg=true"], "itg: is no setting of the method 'yesno'"),
        (["partial=true"], "partial: is no setting of the method 'blip2'"),
        (["lora.bits=4"], r"lora\.bits: is for pick and yesno"),
        (["method='pick'", "partial=true", "lora.dora=true"], "partial: excludes lora.dora"),
    ],
)
def test_settings_that_do_not_go_together_are_refused(changes: list[str], message: str) -> None:
    with pytest.raises(FinetuneError, match=message):
        read_config(RerankConfig, None, ["captions=captions.csv", *changes])


def test_the_settings_can_be_written_and_read(tmp_path: Path) -> None:
    config = read_config(RerankConfig, None, ["captions=captions.csv", "method='pick'", "k=8"])
    (tmp_path / "config.toml").write_text(written(config))
    assert read_config(RerankConfig, tmp_path / "config.toml") == config
