from pathlib import Path

import numpy as np
import pytest

from agent.stages.config import Stages
from eval.benchmarks.labelled.labelled_pairs import LabelledPairs, Pairs
from eval.runs.labelled_run import labelled_rows
from eval.systems.pipeline_system import PipelineSystem
from tests.encoders import ColourEncoder
from tests.eval.scenes import SOME, halves


def asked(folder: Path) -> LabelledPairs:
    """Pictures of two colours; the left one is the label."""
    items = halves(folder).tasks[0].gallery
    lefts = [item.id.split()[0] for item in items]
    labels = np.array([[left == colour for colour in SOME] for left in lefts])
    pictures = tuple(item.path for item in items if item.path)
    every = np.arange(len(items))
    pairs = Pairs(pictures, tuple(lefts), labels)
    return LabelledPairs("halves", "left colours", pairs, every, every, every)


def test_an_encoder_that_sees_the_label_ranks_what_shares_it_first(tmp_path: Path) -> None:
    system = PipelineSystem("colours", ColourEncoder(), home=tmp_path)
    told = list[tuple[int, int]]()
    rows = labelled_rows(
        asked(tmp_path / "pictures"), system, on_text=lambda *now: told.append(now)
    )
    assert [row.task for row in rows] == ["image-to-text", "text-to-image"]
    to_text, to_image = (row.figures["MAP@all"] for row in rows)
    chance = 4 / 20
    worst = np.mean(
        [1 / 5, 2 / 6, 3 / 7, 4 / 8]
    )  # four texts of the other colour tie with the right
    assert to_text == pytest.approx(worst)
    assert to_image > 2 * chance
    assert all("MAP@all 32 bits" in row.figures for row in rows)
    assert told == [(20, 20)]


def test_stages_have_no_vectors(tmp_path: Path) -> None:
    stages = Stages(reranker="pick")
    system = PipelineSystem("picky", ColourEncoder(), home=tmp_path, stages=stages)
    with pytest.raises(ValueError, match="picky: labelled sets are scored from vectors"):
        labelled_rows(asked(tmp_path / "pictures"), system)
