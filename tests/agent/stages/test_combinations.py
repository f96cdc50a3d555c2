"""Every rewriter with every reranker, each pair from one TOML file, on real models.

All models are tiny random ones of the real classes; test_stages.py runs the offline one.
"""

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from agent.mllm.mllm import MllmError
from agent.mllm.open_mllm import open_mllm
from agent.stages.config import read_stages
from agent.stages.pipeline_builder import open_pipeline
from agent.stages.stage_table import stages_of
from retrievers.collection.collection import Collection
from retrievers.collection.sync.sync import sync
from retrievers.loading.quiet_transformers import quiet
from retrievers.query import Query
from retrievers.search.searcher import Searcher
from tests.agent.mllm.tiny_mllms import save
from tests.agent.rerank.conftest import tiny_blip2
from tests.encoders import ColourEncoder
from tests.retrievers.search.test_searcher import plain

__all__ = ["tiny_blip2"]
FREE = {"listwise", "propositions"}  # in these the model writes, and may write nonsense


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    folder = tmp_path_factory.mktemp("combined")
    for number, colour in enumerate(("red", "green", "blue")):
        plain(folder / "pictures" / f"{number}.png", colour, (40 + number, 30))
    encoder = ColourEncoder()
    collection = Collection.create(folder / "c", encoder=encoder.name, dim=encoder.dim)
    sync(collection, encoder, folder / "pictures")
    return Searcher(collection, encoder)


@pytest.fixture(scope="module")
def tiny_qwen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save("qwen2_5_vl", tmp_path_factory.mktemp("qwen"))


@pytest.fixture(scope="module")
def tiny_cross_encoder(tiny_qwen: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Qwen2.5-VL whose log-odds of yes are the score, as Qwen's rerankers are saved."""
    sentence_transformers = pytest.importorskip("sentence_transformers")
    from sentence_transformers.base.modules import Transformer
    from sentence_transformers.cross_encoder.modules import LogitScore

    folder = tmp_path_factory.mktemp("cross-encoder")
    with quiet():
        body = Transformer(str(tiny_qwen), transformer_task="any-to-any")
        yes, no = (
            body.tokenizer(word, add_special_tokens=False)["input_ids"][0] for word in ("yes", "no")
        )
        modules = [body, LogitScore(yes, no)]
        sentence_transformers.CrossEncoder(modules=modules).save_pretrained(str(folder))
    return folder


@pytest.fixture(scope="module")
def options(tiny_blip2: Path, tiny_cross_encoder: Path) -> Callable[[str], str]:
    checkpoints = {"blip2": tiny_blip2, "cross-encoder": tiny_cross_encoder}

    def written(reranker: str) -> str:
        if reranker not in checkpoints:
            return ""
        return f"[reranker_options]\ncheckpoint = {json.dumps(str(checkpoints[reranker]))}\n"

    return written


@pytest.mark.parametrize("reranker", ["", *stages_of("reranker")])
@pytest.mark.parametrize("rewriter", ["", *stages_of("rewriter")])
def test_every_pair_runs_from_one_file(
    searcher: Searcher,
    tiny_qwen: Path,
    options: Callable[[str], str],
    tmp_path: Path,
    rewriter: str,
    reranker: str,
) -> None:
    path = tmp_path / "system.toml"
    spec = json.dumps(f"transformers:{tiny_qwen}")
    path.write_text(
        f'rewriter = "{rewriter}"\nreranker = "{reranker}"\nllm = {spec}\nmllm = {spec}\n'
        f"{options(reranker)}",
        encoding="utf-8",
    )
    pipeline = open_pipeline(read_stages(path), searcher.collection, searcher)
    like = searcher.search(Query(wanted=("red",)), 1)[0].picture.id
    found = pipeline.find(Query(wanted=("a wall", "a blue one"), like=(like,)), 3)
    assert [hit.rank for hit in found.hits] == [1, 2, 3]
    assert len({hit.picture.id for hit in found.hits}) == 3
    assert ("rewrite" in found.seconds) == bool(rewriter)
    assert ("rerank" in found.seconds) == bool(reranker)
    stages = {reason.partition(":")[0] for reason in found.lost}
    assert stages <= {"rewrite"} | ({"rerank"} if reranker in FREE else set())
    if pipeline.reranker and reranker not in FREE:
        assert any(pipeline.reranker.name in hit.why.scores for hit in found.hits)


def test_a_file_attaches_an_adapter_by_path(tiny_qwen: Path, tmp_path: Path) -> None:
    """The adapter's weights are made so large that the model's answers differ."""
    adapter = trained(tiny_qwen, tmp_path / "adapter")
    path = tmp_path / "system.toml"
    spec = json.dumps(f"transformers:{tiny_qwen}")
    path.write_text(f"mllm = {spec}\n[mllm_options]\nadapter = {json.dumps(str(adapter))}\n")
    stages = read_stages(path)
    adapted = open_mllm(stages.mllm, **stages.mllm_options)
    bare = open_mllm(stages.mllm, adapter=None)
    red = Image.new("RGB", (64, 48), "red")
    assert adapted.caption([red]) != bare.caption([red])
    assert adapted.name != bare.name


def trained(checkpoint: Path, folder: Path) -> Path:
    """Save a LoRA adapter that moves every answer."""
    peft: Any = pytest.importorskip("peft")
    import torch
    import transformers

    with quiet():
        model = transformers.AutoModelForImageTextToText.from_pretrained(checkpoint)
    torch.manual_seed(1)
    config = peft.LoraConfig(target_modules=["q_proj", "v_proj"], init_lora_weights=False, r=4)
    with warnings.catch_warnings(action="ignore", category=FutureWarning):  # peft's own
        adapted = peft.get_peft_model(model, config)
    for name, parameter in adapted.named_parameters():
        if "lora_" in name:
            torch.nn.init.normal_(parameter)
    adapted.save_pretrained(folder)
    return folder


def test_an_adapter_that_is_not_there_is_refused_in_one_line(tiny_qwen: Path) -> None:
    with pytest.raises(MllmError, match="nowhere") as caught:
        open_mllm(f"transformers:{tiny_qwen}", adapter="/nowhere")
    assert "\n" not in str(caught.value)
