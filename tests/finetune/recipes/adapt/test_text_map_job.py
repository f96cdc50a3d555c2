import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune.error import FinetuneError
from finetune.recipes.adapt.recipe import RECIPE, AdaptConfig
from finetune.training.loop import train
from finetune.training.run_folder import RunFolder
from finetune.training.settings_file import read_config
from retrievers.checkpoints.adapter import read_adapter
from retrievers.encoder import EncoderError
from retrievers.encoders.load import load_encoder
from retrievers.encoders.tuned.text_map import Vocabulary, open_text_map
from tests.encoders import ColourEncoder
from tests.finetune.walls import walls


def _captions(folder: Path) -> Path:
    """Two captions a wall, in words that no encoder knows."""
    path = folder / "captions.jsonl"
    lines = [
        json.dumps({"file": one.path.name, "caption": f"{text} qwx{one.path.stem[::-1]}"})
        for one in walls(folder)
        for text in ("ein", "noch ein")
    ]
    path.write_text("\n".join(lines) + "\n")
    return path


def test_the_map_learns_words_and_what_is_saved_encodes_as_what_was_trained(
    tmp_path: Path,
) -> None:
    config = read_config(
        AdaptConfig,
        None,
        [f"captions={_captions(tmp_path)}", "validation=0.25", "training.device=cpu"],
    )
    job, run = RECIPE.open(config), RunFolder(tmp_path / "run")
    run.create(RECIPE.name, config, job.data)
    train(job, config.training, run)
    losses = [line["loss"] for line in run.logged() if "loss" in line]
    assert losses[-1] < losses[0]
    job.save(tmp_path / "last")
    base, tuned = load_encoder("offline"), load_encoder(f"tuned:{tmp_path / 'last'}")
    texts = [text for text, _ in job.captions.trained]  # type: ignore[attr-defined]
    at = [place for _, place in job.captions.trained]  # type: ignore[attr-defined]
    pictures = job._vectors[at]  # type: ignore[attr-defined]
    near = (tuned.encode_texts(texts) * pictures).sum(axis=1).mean()
    assert near > (base.encode_texts(texts) * pictures).sum(axis=1).mean() + 0.05
    unknown = ["zzz"]
    np.testing.assert_array_equal(tuned.encode_texts(unknown), base.encode_texts(unknown))
    np.testing.assert_allclose(np.linalg.norm(tuned.encode_texts(texts), axis=1), 1, atol=1e-5)


def test_a_map_of_another_encoder_is_refused(tmp_path: Path) -> None:
    config = read_config(AdaptConfig, None, [f"captions={_captions(tmp_path)}", "validation=0.25"])
    RECIPE.open(config).save(tmp_path / "map")
    with pytest.raises(EncoderError, match=r"is a map for offline:.*; this is test:colours"):
        open_text_map(read_adapter(tmp_path / "map"), ColourEncoder())


def test_captions_that_cannot_be_read_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(FinetuneError, match=r"captions: no file or folder .*absent.csv"):
        RECIPE.open(AdaptConfig(captions=tmp_path / "absent.csv"))


@given(texts=st.lists(st.text(max_size=20), min_size=1, max_size=5), other=st.text(max_size=20))
def test_rows_have_length_one_or_nothing_in_them(texts: list[str], other: str) -> None:
    rows = Vocabulary.of(texts).rows([*texts, other])
    lengths = np.linalg.norm(rows, axis=1)
    assert np.logical_or(np.isclose(lengths, 1, atol=1e-5), lengths == 0).all()
