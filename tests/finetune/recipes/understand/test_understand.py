"""Phrasings become utterances, the network learns them, and what is saved tags as it does."""

import json
import random
from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest
import torch

from agent.understanding.tagger.features import Around
from agent.understanding.tagger.tagger import WEIGHTS, Tagger
from finetune.error import FinetuneError
from finetune.recipes.understand.network import graph
from finetune.recipes.understand.phrasings import read_phrasings
from finetune.recipes.understand.recipe import PHRASINGS, UnderstandConfig, UnderstandJob
from finetune.recipes.understand.utterances import draw, tagged
from finetune.settings import Training
from finetune.training.start import begin, recipe_of
from retrievers.offline.towers import text_tower

FEW = Path(__file__).parent / "phrasings"


def test_a_drawn_utterance_holds_its_spans() -> None:
    phrasings, lists = read_phrasings(FEW)
    for at, phrasing in enumerate(phrasings):
        one = draw(at, phrasing, lists["en"], random.Random(at))
        assert one is not None
        held = {kind for *_, kind in one.spans}
        assert {tag[2:] for tag in tagged(one)} - {""} == held
        assert (
            bool(one.around.wanted) == (phrasing.context in ("1", "1!")) or phrasing.context == "*"
        )


@pytest.mark.parametrize(("line", "said"), [("show me", "CONTEXT"), ("0 | {wish=x}", "wish")])
def test_a_line_that_is_no_phrasing_is_named(tmp_path: Path, line: str, said: str) -> None:
    (tmp_path / "odd.txt").write_text(f"\n{line}\n")
    with pytest.raises(FinetuneError, match=rf"odd\.txt:2: .*{said}"):
        read_phrasings(tmp_path)


def test_a_training_ends_in_a_tagger_that_says_what_the_network_says(tmp_path: Path) -> None:
    recipe = recipe_of("understand")
    training = Training(epochs=60, batch=16, lr=1e-2, device="cpu", threads=1)
    config = UnderstandConfig(phrasings=FEW, drawn=8, validation=0, training=training)
    begin(recipe, config, tmp_path / "run", tell=lambda told: None)
    found = Tagger(tmp_path / "run" / "adapter" / "tagger.onnx", text_tower().states).tag(
        "find a dog", Around()
    )
    assert [(span.kind, span.end) for span in found.spans] == [("want", 10)]


def test_the_graph_is_the_network() -> None:
    """In half precision: to three digits."""
    job = UnderstandJob(UnderstandConfig(phrasings=FEW, drawn=1, validation=0))
    job.model.eval()
    with torch.no_grad():
        batch = dict(job.batch([0], random.Random(0)))
        batch.pop("tags"), batch.pop("fresh")
        tags, _ = job.model.logits(**batch)
    weights = {name: value.numpy() for name, value in job.model.state_dict().items()}
    session = ort.InferenceSession(graph(weights).SerializeToString())
    arrays = {name: batch[name][0].numpy() for name in ("grams", "flags", "states")}
    (made,) = session.run(["tags"], arrays)
    np.testing.assert_allclose(made, tags[0].numpy(), atol=5e-3)


def test_what_ships_was_made_from_the_phrasings_that_ship() -> None:
    phrasings, _ = read_phrasings(PHRASINGS)
    assert len(phrasings) >= 600
    assert WEIGHTS.stat().st_size < 2_000_000
    card = json.loads(WEIGHTS.with_suffix(".json").read_text())
    assert card["phrasings"] == len(phrasings)
