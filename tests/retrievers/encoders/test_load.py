"""How a name finds its encoder, and what is said when it does not."""

import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import huggingface_hub
import numpy as np
import pytest
import torch

from retrievers.encoder import EncoderError
from retrievers.encoders.load import FAMILIES, load_encoder
from tests.retrievers.encoders.hub_cache import cached
from tests.retrievers.encoders.tiny_checkpoints import save

Checkpoint = Callable[[str], Path]


@pytest.mark.parametrize("name", ["", "clip", "clip:x", "Offline"])
def test_an_unknown_family_is_answered_with_the_table(name: str) -> None:
    with pytest.raises(EncoderError, match=f"there are {', '.join(FAMILIES)}$"):
        load_encoder(name)


def test_the_offline_encoder_takes_no_name() -> None:
    with pytest.raises(EncoderError, match="offline:x: the offline encoder is named just"):
        load_encoder("offline:x")


def test_naming_families_imports_no_torch() -> None:
    check = "import sys, retrievers.encoders.load; sys.exit(not {'torch'}.isdisjoint(sys.modules))"
    subprocess.run([sys.executable, "-c", check], check=True)


@pytest.mark.parametrize(
    "name",
    [
        f"transformers:openai/clip-vit-base-patch32@{'1' * 40}",
        "transformers:google/siglip2-base-patch16-224@main",
        "open_clip:ViT-B-32/laion2b_s34b_b79k@main",
        "open_clip:hf-hub:timm/ViT-B-16-SigLIP2@v1",
    ],
)
def test_without_a_hub_one_line_names_the_model_and_the_remedy(
    name: str, unreachable_hub: Path
) -> None:
    with pytest.raises(EncoderError) as caught:
        load_encoder(name)
    said = str(caught.value)
    assert said.startswith(f"{name}: cannot get ")
    assert said.endswith("name a local folder that holds it, or 'offline'")
    assert "\n" not in said


@pytest.mark.parametrize(
    "name",
    [
        "transformers:openai/clip-vit-base-patch32",
        "open_clip:ViT-B-32/laion2b_s34b_b79k",
        "open_clip:hf-hub:timm/ViT-B-16-SigLIP2",
    ],
)
def test_nothing_is_downloaded_whose_commit_nobody_named(
    name: str, unreachable_hub: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[object] = []
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(socket.socket, "connect", lambda _, where: calls.append(where))
    with pytest.raises(EncoderError) as caught:
        load_encoder(name)
    said = str(caught.value)
    assert "no commit of it is named; `dialens models fetch`" in said
    assert "\n" not in said
    assert not calls


@pytest.mark.parametrize("which", ["/no/such/folder", "~/no such", "a/b/c", ""])
def test_what_is_neither_a_folder_nor_an_id_is_refused(which: str) -> None:
    with pytest.raises(EncoderError, match="folder"):
        load_encoder(f"transformers:{which}")


def test_a_revision_is_used_and_named_by_its_commit(
    checkpoint: Checkpoint, unreachable_hub: Path
) -> None:
    for seed, (revision, commit) in enumerate([("main", "a" * 40), ("v1", "b" * 40)]):
        save("clip", cached(unreachable_hub, "our/clip", revision, commit), seed=seed)
    newest, older = (load_encoder(f"transformers:our/clip{one}") for one in ("", "@v1"))
    assert newest.name == f"transformers:our/clip@{'a' * 40}"
    assert older.name == f"transformers:our/clip@{'b' * 40}"
    local = load_encoder(f"transformers:{checkpoint('clip')}")
    dog = local.encode_texts(["a dog"])
    np.testing.assert_allclose(newest.encode_texts(["a dog"]), dog, atol=1e-6)
    assert not np.allclose(older.encode_texts(["a dog"]), dog, atol=1e-3)


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"dtype": "int8"}, EncoderError, "one of float32, bfloat16, float16; got 'int8'"),
        ({"device": "abacus"}, EncoderError, "device 'abacus' cannot be used here; best on this"),
        ({"device": "cuda:99"}, EncoderError, "device 'cuda:99' cannot be used here"),
        ({"batch": 0}, ValueError, "batch must be at least 1; got 0"),
        ({"threads": 0}, ValueError, "threads must be at least 1; got 0"),
    ],
)
def test_options_that_cannot_be_are_refused(
    options: dict[str, str | int], error: type[Exception], says: str, checkpoint: Checkpoint
) -> None:
    with pytest.raises(error, match=says):
        load_encoder(f"transformers:{checkpoint('clip')}", **options)  # type: ignore[arg-type]


def test_the_thread_count_is_set(checkpoint: Checkpoint) -> None:
    before = torch.get_num_threads()
    try:
        load_encoder(f"transformers:{checkpoint('clip')}", threads=2)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_a_folder_with_an_at_sign_is_a_folder(checkpoint: Checkpoint, tmp_path: Path) -> None:
    folder = shutil.copytree(checkpoint("clip"), tmp_path / "mine@home")
    assert load_encoder(f"transformers:{folder}").dim == 16
