"""A tiny model taught the names of twelve pictures, saved; and the collection of those pictures."""

from pathlib import Path

import pytest

from retrievers.checkpoints.adapter import Adapter, read_adapter
from retrievers.collection.collection import Collection
from retrievers.collection.sync.sync import sync
from tests.agent.mllm.tiny_mllms import save
from tests.encoders import ColourEncoder
from tests.finetune.recipes.grace.learning import drawn, taught


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save("llama", tmp_path_factory.mktemp("llama"))


def collection(folder: Path, pictures: Path) -> Collection:
    encoder = ColourEncoder()
    opened = Collection.create(folder, encoder=encoder.name, dim=encoder.dim)
    sync(opened, encoder, pictures)
    return opened


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    drawn(folder)
    return folder


@pytest.fixture(scope="session")
def opened(tmp_path_factory: pytest.TempPathFactory, pictures: Path) -> Collection:
    return collection(tmp_path_factory.mktemp("store") / "c", pictures)


@pytest.fixture(scope="session")
def adapter(tmp_path_factory: pytest.TempPathFactory, base: Path, pictures: Path) -> Adapter:
    folder = tmp_path_factory.mktemp("adapter")
    taught(base, pictures, "structured", steps=30).save(folder)
    return read_adapter(folder)
