import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch.nn.functional import cross_entropy, normalize

from finetune.model.losses import info_nce, recall_surrogate

ROOT = Path(__file__).parents[3]


def _rows(seed: int, n: int = 6) -> torch.Tensor:
    chance = torch.Generator().manual_seed(seed)
    return normalize(torch.randn(n, 5, generator=chance), dim=1)


def test_info_nce_is_cross_entropy_over_the_batch_where_all_pictures_differ() -> None:
    queries, targets, ids = _rows(0), _rows(1), torch.arange(6)
    scores = 10 * queries @ targets.T
    one_way = info_nce(queries, targets, torch.tensor(10.0), ids)
    torch.testing.assert_close(one_way, cross_entropy(scores, ids))
    both = info_nce(queries, targets, torch.tensor(10.0), ids, symmetric=True)
    expected = (cross_entropy(scores, ids) + cross_entropy(scores.T, ids)) / 2
    torch.testing.assert_close(both, expected)


def test_queries_of_one_picture_are_no_negatives_of_each_other() -> None:
    queries, targets = _rows(0, 3), _rows(1, 3)
    targets[2] = targets[0]
    found = info_nce(queries, targets, torch.tensor(7.0), torch.tensor([0, 1, 0]))
    scores = (7.0 * queries @ targets.T).tolist()
    by_hand = [
        cross_entropy(torch.tensor([[scores[0][0], scores[0][1]]]), torch.tensor([0])),
        cross_entropy(torch.tensor([scores[1]]), torch.tensor([1])),
        cross_entropy(torch.tensor([[scores[2][1], scores[2][2]]]), torch.tensor([1])),
    ]
    torch.testing.assert_close(found, torch.stack(by_hand).mean())


def test_the_recall_surrogate_nears_one_minus_recall_as_its_steps_sharpen() -> None:
    targets = torch.eye(4)
    queries = normalize(torch.tensor([[9.0, 0, 0, 1], [9, 1, 0, 0], [9, 8, 1, 0], [0, 0, 0, 1]]))
    ranks = [1, 2, 3, 1]  # by hand: how the own target of each row places
    for k in (1, 2, 4):
        found = recall_surrogate(
            queries,
            targets,
            torch.arange(4),
            cuts=(k,),
            rank_temperature=1e-4,
            cut_temperature=0.02,
        )
        expected = sum(1.0 if r < k else 0.5 if r == k else 0.0 for r in ranks) / 4
        assert float(found) == pytest.approx(1 - expected, abs=1e-3), k


def test_two_devices_see_each_others_negatives_and_give_the_gradients_of_one() -> None:
    code = """if True:
        import sys, torch
        from datetime import timedelta
        from torch import distributed
        from finetune.model.losses import info_nce
        from tests.finetune.model.test_losses import _rows
        rank, port = int(sys.argv[1]), sys.argv[2]
        distributed.init_process_group("gloo", init_method=f"file://{port}", rank=rank,
            world_size=2, timeout=timedelta(seconds=60))
        queries, targets = _rows(0), _rows(1)
        mine = slice(rank * 3, rank * 3 + 3)
        q, t = (rows[mine].clone().requires_grad_() for rows in (queries, targets))
        loss = info_nce(q, t, torch.tensor(5.0), torch.arange(6)[mine], symmetric=True)
        loss.backward()
        whole_q, whole_t = (rows.clone().requires_grad_() for rows in (queries, targets))
        scores = 5 * whole_q @ whole_t.T
        own = torch.arange(6)
        ce = torch.nn.functional.cross_entropy
        ((ce(scores, own) + ce(scores.T, own)) / 2).backward()
        torch.testing.assert_close(q.grad / 2, whole_q.grad[mine])
        torch.testing.assert_close(t.grad / 2, whole_t.grad[mine])
    """
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        where = str(Path(folder) / "meeting")
        both = [
            subprocess.Popen([sys.executable, "-c", code, str(rank), where], cwd=ROOT)
            for rank in (0, 1)
        ]
        assert [one.wait(120) for one in both] == [0, 0]
