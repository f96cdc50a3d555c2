"""What is refused before a network runs, each with one line."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from retrievers.encoder import EncoderError
from retrievers.encoders.load import load_encoder
from tests.retrievers.encoders.tiny_checkpoints import save

Embedder = Callable[[str], Path]
TRAP = """
from pathlib import Path
from sentence_transformers.base.modules import Module

Path({mark!r}).touch()


class Trap(Module):
    def forward(self, features, **kwargs):
        return features

    def save(self, output_path, *args, **kwargs):
        pass

    @classmethod
    def load(cls, *args, **kwargs):
        return cls()
"""


@pytest.fixture
def folder(embedder: Embedder, tmp_path: Path) -> Path:
    return shutil.copytree(embedder("qwen3_vl"), tmp_path / "qwen")


def said(folder: Path) -> str:
    with pytest.raises(EncoderError) as caught:
        load_encoder(f"embedding:{folder}")
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_weights_that_lack_a_part(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    del tensors["visual.pos_embed.weight"]
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    assert "lacks 1 weights, such as 'visual.pos_embed.weight'" in said(folder)


def test_pickled_weights(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    torch.save(tensors, folder / "pytorch_model.bin")
    assert "holds no .safetensors file; convert" in said(folder)


def test_a_truncated_file(folder: Path) -> None:
    whole = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(whole[:5000])
    assert f"cannot load {folder}: " in said(folder)


def test_a_network_without_what_makes_one_vector_of_its_states(folder: Path) -> None:
    (folder / "modules.json").unlink()
    assert "has no modules.json, which says how" in said(folder)


def test_modules_that_cannot_be_read(folder: Path) -> None:
    (folder / "modules.json").write_text("{")
    assert "modules.json cannot be read" in said(folder)


def test_an_embedder_without_a_chat_template(embedder: Embedder) -> None:
    assert "has no chat template, by which a embedding_gemma2 model" in said(
        embedder("without_chat")
    )


def test_a_model_of_texts_alone(tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.base.modules import Transformer
    from sentence_transformers.sentence_transformer.modules import Pooling
    from transformers import BertConfig, BertModel

    from tests.retrievers.encoders import letter_tokenizers
    from tests.retrievers.encoders.tiny_checkpoints import TEXT

    BertModel(BertConfig(**TEXT)).save_pretrained(tmp_path / "bare")
    letter_tokenizers.bert().save_pretrained(tmp_path / "bare")
    modules = [Transformer(str(tmp_path / "bare")), Pooling(32)]
    SentenceTransformer(modules=modules).save(str(tmp_path / "texts"))
    assert "reads text, not pictures too" in said(tmp_path / "texts")


@pytest.fixture
def trap(folder: Path, tmp_path: Path) -> Path:
    (folder / "trap.py").write_text(TRAP.format(mark=str(tmp_path / "ran")))
    modules = json.loads((folder / "modules.json").read_text())
    modules.append({"idx": 3, "name": "3", "path": "", "type": "trap.Trap"})
    (folder / "modules.json").write_text(json.dumps(modules))
    return folder


def test_code_that_comes_with_a_checkpoint_is_not_run(trap: Path, tmp_path: Path) -> None:
    told = said(trap)
    assert f"wants code of its own (trap.Trap); read it, and set DIALENS_TRUST_CODE={trap}" in told
    assert not (tmp_path / "ran").exists()


def test_a_configuration_with_code_of_its_own_is_not_run(folder: Path) -> None:
    (folder / "config.json").write_text(
        json.dumps({"model_type": "mine", "auto_map": {"AutoModel": "trap.Model"}})
    )
    (folder / "trap.py").write_text("raise SystemExit('the code was run')")
    assert "wants code of its own (trap.Model)" in said(folder)


def test_code_runs_where_the_owner_names_the_folder(
    trap: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIALENS_TRUST_CODE", f"our/other@{'a' * 40}, {trap}")
    monkeypatch.setenv("HF_MODULES_CACHE", str(tmp_path / "modules"))
    assert load_encoder(f"embedding:{trap}").dim == 32
    assert (tmp_path / "ran").exists()


def test_a_branch_is_never_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    from retrievers.loading.trusted_code import trusts_commit

    monkeypatch.setenv("DIALENS_TRUST_CODE", f"our/net@main,our/net@{'a' * 40}")
    assert trusts_commit(f"our/net@{'a' * 40}")
    assert not trusts_commit("our/net@main")
    assert not trusts_commit(f"our/net@{'b' * 40}")


def test_a_dual_encoder_is_sent_to_its_own_family(tmp_path: Path) -> None:
    assert "has no modules.json" in said(save("clip", tmp_path))
