"""Each loss against its formula, written out."""

import math
from typing import Any

import pytest
import torch

from agent.rerank.blip2 import EncodedPicture
from agent.rerank.blip2_qformer import match_logits
from finetune.recipes.rerank.blip2_losses import contrast, hard
from finetune.recipes.rerank.itg_loss import who_sees_whom
from finetune.recipes.rerank.shortlists import pixels


def test_itc_shares_nine_tenths_among_the_captions_of_a_picture() -> None:
    """Three pairs of which the first two are of one picture; by hand."""
    to_texts = torch.tensor([[2.0, 1.0, 0.0], [0.5, 1.5, 1.0], [0.0, 0.0, 3.0]])
    to_pictures = torch.tensor([[1.0, 1.0, 0.0], [0.0, 2.0, 0.0], [1.0, 0.0, 2.0]])
    same = torch.tensor([[1, 1, 0], [1, 1, 0], [0, 0, 1]]).bool()
    own, other = 0.45 + 0.1 / 3, 0.1 / 3
    targets = [[own, own, other], [own, own, other], [other, other, 0.9 + 0.1 / 3]]
    wanted = 0.0
    for scores in (to_texts.tolist(), to_pictures.tolist()):
        for row, target in zip(scores, targets, strict=True):
            total = math.log(sum(math.exp(one) for one in row))
            wanted -= sum(t * (one - total) for t, one in zip(target, row, strict=True)) / 3 / 2
    assert float(contrast(to_texts, to_pictures, same)) == pytest.approx(wanted, abs=1e-6)


def test_hard_negatives_are_drawn_in_proportion_to_the_softmax_and_never_of_the_same_picture() -> (
    None
):
    scores = torch.tensor([[9.0, 9.0, math.log(3), 0.0]]).expand(8000, -1)
    alike = torch.tensor([[True, True, False, False]]).expand(8000, -1)
    torch.manual_seed(0)
    drawn = hard(scores, alike)
    assert set(drawn.tolist()) == {2, 3}
    assert (drawn == 2).float().mean() == pytest.approx(0.75, abs=0.02)


def test_where_every_picture_is_the_same_there_is_no_negative() -> None:
    alike = torch.tensor([[True, True], [True, False]])
    assert hard(torch.zeros(2, 2), alike).tolist() == [-1, 1]


def test_copies_of_a_picture_in_a_batch_leave_itm_with_the_pairs_alone(untrained: Any) -> None:
    """Twice one pair: ITC can only share its target evenly, and ITM has no negative."""
    job = untrained
    batch = job.batch([3, 3], None)
    with torch.no_grad():
        found = float(job.model(**batch))
        pair = match_logits(job.blip2.model, batch["images"], batch["ids"], batch["mask"])
        itg = job.model.writing(job.blip2.model, batch["images"], batch["ids"], batch["mask"])
    itm = -float(pair.log_softmax(dim=1)[0, 1])
    assert found == pytest.approx(math.log(2) + itm + float(itg), abs=1e-4)


def test_itm_takes_the_pair_a_hard_picture_and_a_hard_text_with_labels_1_0_0(
    untrained: Any,
) -> None:
    """Of two pairs the other one is the only negative there is."""
    job = untrained
    batch = job.batch([3, 8], None)
    images, ids, mask = batch["images"], batch["ids"], batch["mask"]
    with torch.no_grad():
        found = float(job.model(**batch))
        own = match_logits(job.blip2.model, images, ids, mask).log_softmax(dim=1)
        other = match_logits(job.blip2.model, images.flip(0), ids, mask).log_softmax(dim=1)
        cosine = job.blip2.itc(_seen(job, [3, 8]), _said(job, [3, 8])) / 0.07
        itc = contrast(cosine, cosine.T, torch.eye(2).bool())
        itg = job.model.writing(job.blip2.model, images, ids, mask)
    itm = -float(own[:, 1].sum() + 2 * other[:, 0].sum()) / 6
    assert found == pytest.approx(itm + float(itc) + float(itg), abs=1e-3)


def test_what_is_written_depends_on_the_picture_and_the_tokens_before_not_on_those_after(
    untrained: Any,
) -> None:
    batch = untrained.batch([0, 1], None)
    logits = _written(untrained, batch["images"], batch["ids"], batch["mask"])  # [2, T, V]
    changed = batch["ids"].clone()
    changed[:, 4] += 1
    after = _written(untrained, batch["images"], changed, batch["mask"])
    torch.testing.assert_close(after[:, :4], logits[:, :4], atol=1e-5, rtol=0)
    assert (after[:, 4] - logits[:, 4]).abs().max() > 1e-3
    elsewhere = _written(untrained, batch["images"].flip(0), batch["ids"], batch["mask"])
    assert (elsewhere - logits).abs().amax(dim=(1, 2)).min() > 1e-3


def test_queries_see_queries_only_and_no_one_sees_padding() -> None:
    whole = who_sees_whom(torch.tensor([[1, 1, 0]]), 2, torch.float32)[0, 0] == 0
    assert whole.int().tolist() == [
        [1, 1, 0, 0, 0],
        [1, 1, 0, 0, 0],
        [1, 1, 1, 0, 0],
        [1, 1, 1, 1, 0],
        [1, 1, 1, 1, 0],
    ]


def test_itg_is_the_smoothed_cross_entropy_of_the_next_token(untrained: Any) -> None:
    batch = untrained.batch([0, 9], None)
    images, ids, mask = batch["images"], batch["ids"], batch["mask"]
    logs = _written(untrained, images, ids, mask).log_softmax(dim=-1)
    losses = []
    for row in range(2):
        for at in range(int(mask[row].sum()) - 1):
            own = logs[row, at, ids[row, at + 1]]
            losses.append(-(0.9 * own + 0.1 * logs[row, at].mean()))
    with torch.no_grad():
        found = untrained.model.writing(untrained.blip2.model, images, ids, mask)
    assert float(found) == pytest.approx(float(torch.stack(losses).mean()), abs=1e-4)


def _written(job: Any, images: torch.Tensor, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        found: torch.Tensor = job.model.writing.logits(job.blip2.model, images, ids, mask)
    return found


def _seen(job: Any, places: list[int]) -> list[EncodedPicture]:
    seen: list[EncodedPicture] = job.blip2.see([pixels(job.pairs[place][1]) for place in places])
    return seen


def _said(job: Any, places: list[int]) -> list[str]:
    return [job.pairs[place][0] for place in places]
