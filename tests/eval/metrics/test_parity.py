"""Our figures against other programs' on 1,000 random rankings each.

Others leave ties to a sort; ours are worst-case. So they are given the same ranking with every tie
put in its worst order.
"""

import numpy as np
import pytest
import pytrec_eval
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, ndcg_score, roc_auc_score
from torchmetrics.functional.retrieval import (
    retrieval_average_precision,
    retrieval_hit_rate,
    retrieval_normalized_dcg,
    retrieval_reciprocal_rank,
)

from eval.metrics.absence import auc
from eval.metrics.average_precision import mean_average_precision, ndcg
from eval.metrics.recall import mean_reciprocal_rank, recall
from tests.eval.metrics.cases import Case, cases

many = settings(max_examples=10 * settings().max_examples)
CUTS = st.integers(1, 8)


@many
@given(cases(), CUTS)
def test_trec_eval_finds_the_same(case: Case, k: int) -> None:
    asked = {"recip_rank", "map", f"success.{k}", f"map_cut.{k}", f"ndcg_cut.{k}"}
    theirs = pytrec_eval.RelevanceEvaluator({"q": case.relevant}, asked).evaluate(
        {"q": dict(case.untied)} if case.scores else {}
    )
    ours = {
        "recip_rank": mean_reciprocal_rank(),
        "map": mean_average_precision(),
        f"success_{k}": recall(k),
        f"map_cut_{k}": mean_average_precision(k),
        f"ndcg_cut_{k}": ndcg(k),
    }
    found = {name: case.value(measure) for name, measure in ours.items()}
    assert found == pytest.approx(theirs.get("q", dict.fromkeys(ours, 0.0)))


@many
@given(cases(least=1, complete=True), CUTS)
def test_torchmetrics_finds_the_same(case: Case, k: int) -> None:
    gains = torch.tensor([case.gains[at] for at in case.worst])
    scores = torch.arange(len(gains), 0, -1).float()
    right = gains > 0
    theirs = [
        retrieval_hit_rate(scores, right, top_k=k),
        retrieval_reciprocal_rank(scores, right),
        retrieval_average_precision(scores, right),
        retrieval_average_precision(scores, right, top_k=k),
        retrieval_normalized_dcg(scores, gains, top_k=k),
    ]
    ours = [
        recall(k),
        mean_reciprocal_rank(),
        mean_average_precision(),
        mean_average_precision(k, of="found"),
        ndcg(k),
    ]
    assert [case.value(one) for one in ours] == pytest.approx([float(one) for one in theirs])


@many
@given(cases(least=2, complete=True), CUTS)
def test_scikit_learn_finds_the_same(case: Case, k: int) -> None:
    gains = np.array([case.gains[at] for at in case.worst])
    scores = np.arange(len(gains), 0, -1)
    assert case.value(mean_average_precision()) == pytest.approx(
        average_precision_score(gains > 0, scores)
    )
    assert case.value(ndcg(k)) == pytest.approx(ndcg_score([gains], [scores], k=k))


SURE = st.lists(st.integers(0, 6), min_size=1, max_size=9)


@many
@given(SURE, SURE)
def test_scikit_learn_finds_the_same_area_under_the_curve(
    here: list[int], not_here: list[int]
) -> None:
    truth = [1] * len(here) + [0] * len(not_here)
    assert auc(here, not_here) == pytest.approx(roc_auc_score(truth, here + not_here))
