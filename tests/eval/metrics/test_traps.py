"""The eleven traps of published figures: what the wrong reading finds, and what is found here."""

from math import log
from pathlib import Path

import numpy as np
import pytest
import pytrec_eval

from eval.benchmark import Measure, Question, Task
from eval.benchmarks.captioned import Captioned, both_directions
from eval.metrics.average_precision import mean_average_precision
from eval.metrics.dialogue import at_round, best_log_rank, sticky_hits
from eval.metrics.hashing import hamming_map, pack
from eval.metrics.recall import recall, recall_at
from eval.metrics.score_matrix import matrix_ranks, rank_of
from eval.metrics.shortlist_selection import ceiling
from eval.ranking import Ranking, ranked
from eval.runs.run import run_task
from eval.systems.pipeline_system import PipelineSystem
from tests.encoders import ColourEncoder
from tests.eval.scenes import halves


def in_order(*ids: str) -> Ranking:
    return Ranking(ids, tuple(float(len(ids) - at) for at in range(len(ids))))


def test_trap_1_karpathys_coco_has_more_than_five_captions_for_some_pictures() -> None:
    """25,010 captions, of which some papers keep 25,000: they answer other questions."""
    captions = tuple(f"caption {at}" for at in range(7))
    pictures = [Captioned("a", Path("a"), captions), Captioned("b", Path("b"), captions[:5])]
    first_five = [Captioned(one.id, one.path, one.captions[:5]) for one in pictures]
    answers = {f"{one}#{at}": in_order(one) for one in "ab" for at in range(5)}  # 5 and 6 are lost

    def figure(some: list[Captioned]) -> tuple[int, float]:
        task, _ = both_directions(some)
        return len(task.questions), recall(1).of(task.questions, answers)

    assert figure(first_five) == (10, 1.0)
    asked, found = figure(pictures)
    assert asked == 12
    assert found == pytest.approx(10 / 12)


def test_trap_2_a_hit_is_any_of_a_pictures_captions() -> None:
    question = Question("picture", relevant={f"caption {at}": 1.0 for at in range(5)})
    ranking = in_order("caption 3", "wrong")
    asked = pytrec_eval.RelevanceEvaluator(
        {"picture": {one: 1 for one in question.relevant}}, {"recall.1", "success.1"}
    )
    scores = dict(zip(ranking.ids, ranking.scores, strict=True))
    theirs = asked.evaluate({"picture": scores})["picture"]
    assert theirs["recall_1"] == pytest.approx(0.2)
    assert recall(1).of([question], {"picture": ranking}) == theirs["success_1"] == 1


def test_trap_3_the_reference_picture_left_in_the_pool() -> None:
    """MIEB's CIRR R@1 of about 1 %: the reference is nearest to itself."""
    ids, scores = np.array(["reference", "target", "other"]), np.array([0.99, 0.8, 0.1])
    left_in = Question("q", relevant={"target": 1.0})
    out = Question("q", relevant={"target": 1.0}, excluded=frozenset({"reference"}))
    everything = {"q": ranked(ids, scores, depth=3)}
    assert recall(1).of([left_in], everything) == 0
    assert recall(1).of([out], everything) == 1  # even if a system ranked it
    group = Question("q", relevant={"target": 1.0}, pool=frozenset({"target", "other"}))
    assert recall(1).of([group], everything) == 1


def test_trap_4_hits_at_10_is_sticky_and_the_log_rank_is_better_when_low() -> None:
    found = [4, 300, 300]  # seen once, then lost
    questions = [Question(f"d{at}", relevant={"x": 1.0}, dialogue="d", round=at) for at in range(3)]
    answers = {f"d{at}": Ranking((), (), {"x": rank}) for at, rank in enumerate(found)}
    assert at_round(recall(10), 2).of(questions, answers) == 0
    assert sticky_hits(10, after=2).of(questions, answers) == 1
    worse = {f"d{at}": Ranking((), (), {"x": 300}) for at in range(3)}
    assert best_log_rank().of(questions, answers) == pytest.approx(log(4))
    assert best_log_rank().of(questions, worse) > best_log_rank().of(questions, answers)
    assert best_log_rank().lower_is_better


def test_trap_4_visdials_own_pool_is_another_task_than_50_000_pictures() -> None:
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(1, 50_000))
    scores[0, 0] = np.sort(scores[0, :2_064])[-10] + 1e-9  # among the first ten of 2,064
    assert recall_at(10, matrix_ranks([scores[:, :2_064]], [[0]])) == 1
    assert recall_at(10, matrix_ranks([scores], [[0]])) == 0


def test_trap_5_a_right_answer_outside_the_shortlist_is_a_miss() -> None:
    questions = [Question(one, relevant={one: 1.0}) for one in "ab"]
    firsts = {"a": in_order("x", "a", "b"), "b": in_order("x", "y", "b")}
    reranked = {"a": in_order("a", "x"), "b": in_order("y", "x")}
    lucky = [one for one in questions if one.id in reranked[one.id].ids]
    assert recall(1).of(lucky, reranked) == 1  # of those that the reranker could get
    assert recall(1).of(questions, reranked) == 0.5
    assert ceiling(questions, firsts, 2) == 0.5  # what is published beside it


def test_trap_6_circo_has_several_right_answers() -> None:
    question = Question("q", relevant=dict.fromkeys("abcd", 1.0))
    one, all_four = {"q": in_order("a", "x", "y", "z", "v")}, {"q": in_order(*"abcdx")}
    assert recall(1).of([question], one) == recall(1).of([question], all_four) == 1
    measure = mean_average_precision(5, of="reachable")
    assert measure.of([question], one) == 0.25
    assert measure.of([question], all_four) == 1


def test_trap_7_fashioniqs_smaller_gallery_flatters() -> None:
    rng = np.random.default_rng(0)
    ids = np.array([f"shirt {at}" for at in range(6_346)])  # the original split's list
    union = set(ids[:3_089].tolist())  # the VAL split: references and targets only
    scores = rng.normal(size=(50, len(ids)))
    scores[np.arange(50), np.arange(50)] += 2
    original, val = (
        [Question(str(at), relevant={str(ids[at]): 1.0}, pool=pool) for at in range(50)]
        for pool in (None, frozenset(union))
    )

    def figure(questions: list[Question], measure: Measure) -> float:
        answers = {
            one.id: ranked(ids, row, depth=100, relevant=one.relevant, pool=one.pool)
            for one, row in zip(questions, scores, strict=True)
        }
        return measure.of(questions, answers)

    assert figure(val, recall(50)) > figure(original, recall(50)) > 0


def test_trap_8_hashing_needs_its_ties_its_k_and_its_counts_told() -> None:
    query, label = pack(np.ones((1, 4))), np.array([[1]])
    gallery = pack(np.array([[1, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, -1]]))
    labels = np.array([[1], [0], [1]])  # the right one of the first two has the wrong one's code
    lucky, unlucky = (1 / 1 + 2 / 3) / 2, (1 / 2 + 2 / 3) / 2
    assert hamming_map(query, gallery, label, labels) == pytest.approx(unlucky)
    assert hamming_map(query, gallery, label, labels) < lucky  # of an unstable sort
    assert hamming_map(query, gallery, label, labels, k=2) == pytest.approx(1 / 2 / 2)
    assert hamming_map(query, gallery, label, labels, k=2, of="found") == pytest.approx(1 / 2)
    fewer = hamming_map(query, gallery[:2], label, labels[:2])  # another retrieval set
    assert fewer == pytest.approx(1 / 2)


def test_trap_9_a_constant_encoder_must_score_chance() -> None:
    scores, targets = np.zeros((100, 100)), [[at] for at in range(100)]
    kind = [1 + int((row > row[one]).sum()) for row, (one,) in zip(scores, targets, strict=True)]
    assert recall_at(1, kind) == 1.0  # the usual `scores > own`
    assert recall_at(1, matrix_ranks([scores], targets)) == 0
    assert rank_of(scores[0], 0) == 100


def test_trap_10_a_checkpoint_that_is_chosen_on_the_test_split_looks_better_than_it_is() -> None:
    rng = np.random.default_rng(0)
    items, checkpoints = 50, 30
    targets = [[int(one)] for one in rng.integers(0, items, 200)]
    hits = np.array(
        [matrix_ranks([rng.normal(size=(200, items))], targets) <= 1 for _ in range(checkpoints)]
    )  # none knows anything
    held_out, test = hits[:, :100].mean(axis=1), hits[:, 100:].mean(axis=1)
    assert test.max() >= 2.5 / items
    assert test[held_out.argmax()] < test.max()
    assert test.mean() == pytest.approx(1 / items, abs=0.01)


class Renamed(ColourEncoder):
    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name


def test_trap_11_figures_stand_beside_the_exact_name_of_the_weights(tmp_path: Path) -> None:
    """The CLIP of a table may be OpenAI's or LAION's, at 224 or 336 pixels."""
    made = halves(tmp_path / "pictures")
    task: Task = made.tasks[0]
    names = ("openclip:ViT-L-14/openai", "openclip:ViT-L-14/laion2b_s32b_b82k")
    found = [
        run_task(
            PipelineSystem("CLIP L/14", Renamed(name), home=tmp_path),
            made,
            task,
            folder=tmp_path / "runs",
        )
        for name in names
    ]
    assert [one.record["config"]["encoder"] for one in found] == list(names)
    assert found[0].folder != found[1].folder  # one table's name, two runs
