"""A collection made by a single-tower embedder: its spec, its search, and what is refused."""

import json
import shutil
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image

from agent.profile import Profile
from app.library.indexing import anywhere, open_or_make
from app.library.query_options import encoder_of
from app.profiles.weights import newest
from retrievers.collection.collection import Collection
from retrievers.collection.storage.errors import CollectionError
from retrievers.collection.sync.sync import sync
from retrievers.encoder import EncoderError
from retrievers.encoders.load import load_encoder
from retrievers.query import Query
from retrievers.search.searcher import Searcher
from tests.encoders import COLOURS
from tests.retrievers.encoders.embedding.tiny_embedders import save

OPTIONS = "?dim=16&instruction=Find a picture."


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DIALENS_HOME", str(tmp_path / "home"))
    (tmp_path / "pictures").mkdir()
    for colour, value in COLOURS.items():
        Image.new("RGB", (64, 64), value).save(tmp_path / "pictures" / f"{colour}.png")
    return save("qwen3_vl", tmp_path / "made")


def made(folder: Path, pictures: Path, options: str = OPTIONS) -> Collection:
    models = Profile(name="own", encoder=f"embedding:{folder}{options}")
    collection = open_or_make("c", models, pictures)
    sync(collection, encoder_of(collection), pictures)
    return collection


def test_it_opens_from_anywhere_and_searches(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parent)
    with closing(made(Path("st"), tmp_path / "pictures")) as collection:
        assert collection.fact("spec") == f"embedding:{folder}{OPTIONS}"
        assert collection.dim == 16
        monkeypatch.chdir(tmp_path)
        searcher = Searcher(collection, encoder_of(collection))
        example = tmp_path / "pictures" / "cyan.png"
        assert searcher.search(Query(examples=(example,)), 1)[0].picture.path == example
        both = Query(wanted=("in red",), examples=(example,))
        alone = load_encoder(f"embedding:{folder}{OPTIONS}")
        with Image.open(example) as image:
            joint = alone.encode_composed([image.convert("RGB")], ["in red"])  # type: ignore[attr-defined]
        vector, *_ = searcher.compared(both)
        assert vector is not None
        assert (vector @ joint.T).item() == pytest.approx(1, abs=1e-5)


def test_a_changed_prompt_of_the_checkpoint_refuses_the_old_vectors(
    folder: Path, tmp_path: Path
) -> None:
    with closing(made(folder, tmp_path / "pictures", "?dim=16")) as collection:
        settings = json.loads((folder / "config_sentence_transformers.json").read_text())
        settings["prompts"]["query"] = "Find what is said."
        (folder / "config_sentence_transformers.json").write_text(json.dumps(settings))
        with pytest.raises(EncoderError) as caught:
            Searcher(collection, encoder_of(collection)).search(Query(wanted=("red",)), 1)
    told = str(caught.value)
    assert "collection 'c' was made with embedding:qwen3_vl#" in told and "\n" not in told
    assert told.endswith(f"dialens migrate c --encoder 'embedding:{folder}?dim=16'")


@pytest.mark.parametrize("options", ["?dim=8&instruction=Find a picture.", "?dim=16"])
def test_another_length_or_instruction_refuses_the_old_vectors(
    options: str, folder: Path, tmp_path: Path
) -> None:
    with closing(made(folder, tmp_path / "pictures")) as collection:
        other = load_encoder(f"embedding:{folder}{options}")
        with pytest.raises(ValueError, match="'c'"):
            Searcher(collection, other)
        with pytest.raises(CollectionError, match=r"was made with embedding:.*dialens migrate c"):
            sync(collection, other, tmp_path / "pictures")
    models = Profile(name="own", encoder=f"embedding:{folder}{options}")
    with pytest.raises(CollectionError, match=r"was made with embedding:.*dialens migrate c"):
        open_or_make("c", models, tmp_path / "pictures")


def test_a_copied_collection_brings_no_permission_for_code(folder: Path, tmp_path: Path) -> None:
    made(folder, tmp_path / "pictures").close()
    modules = json.loads((folder / "modules.json").read_text())
    modules.append({"idx": 3, "name": "3", "path": "", "type": "trap.Trap"})
    (folder / "modules.json").write_text(json.dumps(modules))
    (folder / "trap.py").write_text("raise SystemExit('the code was run')")
    shutil.copytree(tmp_path / "home" / "collections" / "c", tmp_path / "home/collections/d")
    with (
        closing(Collection.open(tmp_path / "home" / "collections" / "d")) as collection,
        pytest.raises(EncoderError, match="wants code of its own"),
    ):
        encoder_of(collection).encode_texts(["red"])


def test_a_spec_keeps_its_options_where_a_branch_or_a_path_is_added(tmp_path: Path) -> None:
    assert newest("embedding:our/net?dim=5") == "embedding:our/net@main?dim=5"
    assert newest("embedding:our/net@v1?dim=5") == "embedding:our/net@v1?dim=5"
    assert newest("onnx:our/net#int8") == "onnx:our/net@main#int8"
    assert newest(f"embedding:{tmp_path}?dim=5") == f"embedding:{tmp_path}?dim=5"
    assert anywhere("embedding:our/net?dim=5") == "embedding:our/net?dim=5"
    assert anywhere(f"embedding:{tmp_path}/?dim=5") == f"embedding:{tmp_path}?dim=5"
