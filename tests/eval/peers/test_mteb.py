"""Encoders and our tasks, run by mteb on local data."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import pytest

pytest.importorskip("mteb")
import mteb
from mteb.mocks import ALL_MOCK_TASK_TEST_GRID
from mteb.models import EncoderProtocol
from mteb.types import PromptType
from PIL import Image

from eval.benchmark import Question, Task
from eval.metrics.named_metrics import measure
from eval.metrics.recall import recall
from eval.peers.mteb_encoder import MtebEncoder
from eval.peers.mteb_task import LocalTask
from eval.systems.pipeline_system import PipelineSystem
from retrievers.encoder import Vectors
from tests.encoders import ColourEncoder
from tests.eval.peers.both import evaluated, ours
from tests.eval.peers.scenes import OftenWrong
from tests.eval.scenes import halves

PAGE = Path(__file__).parents[3] / "docs" / "peers.md"


class Unrounded(LocalTask):
    """Tells what pytrec_eval computed too, since mteb rounds to five places."""

    def task_specific_scores(
        self, scores: Mapping[str, Mapping[str, float]], *_: Any, **__: Any
    ) -> dict[str, float]:
        names = next(iter(scores.values()))
        return {name: fmean(one[name] for one in scores.values()) for name in names}


def named() -> list[tuple[str, str, str]]:
    """Read the page's table: our name of a figure, mteb's and trec_eval's."""
    rows = re.findall(r"^\| `(.+?)` \| `(.+?)` \| `(.+?)` \|", PAGE.read_text("utf-8"), re.M)
    return [
        (a.replace("N", n), b.replace("N", n), c.replace("N", n))
        for a, b, c in rows
        for n in (("1", "5", "10") if "N" in a else ("",))
    ]


@pytest.mark.parametrize("at", [0, 1])
def test_mteb_gives_the_same_figures_under_the_names_on_the_page(
    tasks: tuple[Task, Task], at: int, tmp_path: Path
) -> None:
    task = replace(tasks[at], depth=1000)
    theirs = evaluated(MtebEncoder(OftenWrong()), Unrounded(task, name="same"))
    run = ours(PipelineSystem("often-wrong", OftenWrong(), home=tmp_path), task, tmp_path)
    assert len(named()) >= 11
    for here, there, trec in named():
        figure = measure(here).of(task.questions, run.rankings)
        assert 0 < figure < 1, "a figure of all or nothing proves little"
        assert theirs[there] == pytest.approx(figure, abs=6e-6), here
        assert theirs.get(trec, figure) == pytest.approx(figure, abs=1e-6), here


def test_recall_of_mteb_is_the_share_of_the_captions_and_at_most_a_fifth(
    tasks: tuple[Task, Task], tmp_path: Path
) -> None:
    task = tasks[1]
    theirs = evaluated(MtebEncoder(OftenWrong()), LocalTask(task, name="fifth"))
    run = ours(PipelineSystem("often-wrong", OftenWrong(), home=tmp_path), task, tmp_path)
    hit = recall(1).of(task.questions, run.rankings)
    assert theirs["recall_at_1"] == pytest.approx(hit / 5, abs=6e-6)
    assert theirs["hit_rate_at_1"] == theirs["main_score"] == pytest.approx(hit, abs=6e-6)


class Constant(ColourEncoder):
    """Knows nothing."""

    def encode_images(self, images: Sequence[Any]) -> Vectors:
        return np.full((len(images), self.dim), self.dim**-0.5, dtype=np.float32)

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        return np.full((len(texts), self.dim), self.dim**-0.5, dtype=np.float32)


def test_ties_go_to_the_last_id_in_mteb_and_against_the_system_here(
    tasks: tuple[Task, Task], tmp_path: Path
) -> None:
    last = max(item.id for item in tasks[0].gallery)
    asked = tuple(replace(one, relevant={last: 1.0}) for one in tasks[0].questions[:3])
    task = replace(tasks[0], questions=asked)
    theirs = evaluated(MtebEncoder(Constant()), LocalTask(task, name="ties"))
    run = ours(PipelineSystem("constant", Constant(), home=tmp_path), task, tmp_path)
    assert theirs["hit_rate_at_1"] == 1.0
    assert recall(1).of(task.questions, run.rankings) == 0.0


def test_the_reference_picture_left_in_the_pool_is_what_is_found(
    tasks: tuple[Task, Task], tmp_path: Path
) -> None:
    paths = {item.id: item.path for item in tasks[0].gallery}
    asked = tuple(
        Question(
            f"{left} {right}, turned",
            turns=(f"{right} and {left}",),
            picture=paths[f"{left} {right}"],
            relevant={f"{right} {left}": 1.0},
            excluded=frozenset({f"{left} {right}"}),
        )
        for left, right in map(str.split, paths)
    )
    task = Task("composed", tasks[0].gallery, asked, ())
    run = ours(PipelineSystem("often-wrong", OftenWrong(), home=tmp_path), task, tmp_path)
    model = MtebEncoder(OftenWrong())
    without = evaluated(model, LocalTask(task, name="without"))
    for name, there in (("MRR", "mrr_at_1000"), ("R@1", "hit_rate_at_1"), ("MAP", "map_at_1000")):
        figure = measure(name).of(asked, run.rankings)
        assert 0 < figure < 1
        assert without[there] == pytest.approx(figure, abs=6e-6)
    left_in = tuple(replace(one, excluded=frozenset()) for one in asked)
    with_it = evaluated(model, LocalTask(replace(task, questions=left_in), name="left"))
    assert with_it["hit_rate_at_1"] == 0


PICTURES = [
    task
    for task in ALL_MOCK_TASK_TEST_GRID
    if "image" in task.metadata.modalities and {"image", "text"} >= set(task.metadata.modalities)
]


# mteb's few pictures leave classes without a prediction and scores without a spread
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.UndefinedMetricWarning")
@pytest.mark.filterwarnings("ignore::scipy.stats.ConstantInputWarning")
@pytest.mark.parametrize("mock", PICTURES, ids=lambda task: str(task.metadata.name))
def test_an_encoder_runs_every_kind_of_task_with_pictures(mock: mteb.AbsTask) -> None:
    """mteb's own sanity check: classification, clustering, zero-shot, pairs, similarity, search."""
    result = mteb.evaluate(MtebEncoder(OftenWrong()), mock, cache=None, show_progress_bar=False)
    assert not result.exceptions
    assert len(result.task_results) == 1


def test_results_are_filed_under_the_exact_weights() -> None:
    model = MtebEncoder(ColourEncoder())
    assert isinstance(model, EncoderProtocol)
    assert model.mteb_model_meta.name == "dialens/test-colours-2x2"
    other = MtebEncoder(OftenWrong()).mteb_model_meta
    assert model.mteb_model_meta.revision != other.revision
    rows = ColourEncoder().encode_texts(["red", "blue"])
    assert model.similarity_pairwise(rows, rows) == pytest.approx(1)


def test_what_mteb_cannot_take_is_refused(tmp_path: Path) -> None:
    task = halves(tmp_path).tasks[0]
    graded = replace(task.questions[0], relevant={"red green": 0.5})
    with pytest.raises(ValueError, match=r"whole gains only; question 'red green' has 0.5"):
        LocalTask(replace(task, questions=(graded,)), name="graded")
    mixed = (task.questions[0], replace(task.questions[1], picture=tmp_path / "x.png"))
    with pytest.raises(ValueError, match=r"all be text, picture or both; got \['it', 't'\]"):
        LocalTask(replace(task, questions=mixed), name="mixed")
    with pytest.raises(ValueError, match=r"a batch needs text or image; got \['audio'\]"):
        MtebEncoder(ColourEncoder()).encode([{"audio": []}])
    with pytest.raises(ValueError, match="precision must be 'float32'; got 'int8'"):
        MtebEncoder(ColourEncoder()).encode([{"text": ["red"]}], precision="int8")


class WithRoles(ColourEncoder):
    """Says what it was asked for by the first number of a row."""

    composes = True

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        return np.full((len(texts), self.dim), 2, dtype=np.float32)

    def encode_composed(self, images: Sequence[Any], words: Sequence[str]) -> Vectors:
        return np.full((len(words), self.dim), 3, dtype=np.float32)


def test_a_document_and_a_picture_with_words_are_encoded_as_such() -> None:
    encoder = MtebEncoder(WithRoles())
    image = Image.new("RGB", (32, 32), "red")
    texts: list[Mapping[str, Any]] = [{"text": ["red", "blue"]}]
    np.testing.assert_array_equal(
        encoder.encode(texts, prompt_type=PromptType.query),
        ColourEncoder().encode_texts(["red", "blue"]),
    )
    assert (encoder.encode(texts, prompt_type=PromptType.document) == 2).all()
    assert (encoder.encode([{"text": ["red"], "image": [image]}]) == 3).all()
