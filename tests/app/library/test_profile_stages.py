"""What a profile names stands behind a search, as far as its models are there."""

import json
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from agent.profile import Profile, profile
from agent.stages.config import StageError, Stages
from app.cli import app
from app.library.indexing import index
from app.library.profile_stages import usable
from app.server.contract.settings import PLAIN
from app.server.state.open_collections import OpenCollections


def test_a_server_that_answers_is_used_and_one_that_does_not_is_left_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
        models = Profile(
            name="mine",
            encoder="offline",
            mllm=f"openai:sees@{url}",
            llm=f"openai:writes@{url}",
            reranker="yesno",
            understand="llm",
            shortlist=7,
            budget=3,
        )
        there = usable(models)
    assert there.left_out == ()
    assert there.stages == Stages(
        mllm=f"openai:sees@{url}",
        llm=f"openai:writes@{url}",
        reranker="yesno",
        understand="llm",
        shortlist=7,
        budget=3,
    )
    gone = usable(models)
    assert gone.stages == Stages(budget=3)
    why = f"no server answers at {url}"
    told = [f"profile 'mine': no {stage}: {why}" for stage in ("reranker", "understand")]
    assert list(gone.left_out) == told


def test_weights_that_are_not_here_are_left_out_and_a_folder_is_taken(tmp_path: Path) -> None:
    models = Profile(name="mine", encoder="offline", reranker="blip2")
    assert usable(models).left_out == (
        "profile 'mine': no reranker: the weights of Salesforce/blip2-itm-vit-g-coco are not here",
    )
    options = {"checkpoint": str(tmp_path)}
    here = Profile(name="mine", encoder="offline", reranker="blip2", reranker_options=options)
    assert usable(here).stages == Stages(reranker="blip2", reranker_options=options)


def test_a_stage_that_does_not_exist_is_refused() -> None:
    with pytest.raises(StageError, match="reranker: there is no 'magic'"):
        usable(Profile(name="mine", encoder="offline", reranker="magic"))


def test_the_shipped_profiles_name_stages_that_exist() -> None:
    for name in ("auto", "offline", "laptop", "gpu", "server", "mobile"):
        usable(profile(name))


@pytest.fixture
def shapes(tmp_path: Path, new_home: Callable[[], Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder, and a home with two profiles of one's own."""
    home = new_home()
    monkeypatch.setenv("DIALENS_HOME", str(home))
    (home / "profiles.toml").write_text(
        '[looks]\nencoder = "offline"\nreranker = "yesno"\n'
        '[far]\nencoder = "offline"\nreranker = "yesno"\nmllm = "openai:x@http://127.0.0.1:9/v1"\n'
    )
    folder = tmp_path / "Shapes"
    folder.mkdir()
    for colour in ("red", "green", "blue"):
        Image.new("RGB", (64, 64), colour).save(folder / f"{colour}.png")
    return folder


def made(folder: Path, named: str) -> None:
    index(folder, name=None, include=None, exclude=None, models=profile(named), retry_failed=False)


def test_search_and_server_use_the_profile_that_a_collection_was_made_with(shapes: Path) -> None:
    made(shapes, "looks")
    ran = CliRunner().invoke(app, ["search", "a ball", "--json"])
    assert "rerank" in json.loads(ran.stdout)["stages"]
    ran = CliRunner().invoke(app, ["search", "a ball", "--json", "--profile", "offline"])
    assert "rerank" not in json.loads(ran.stdout)["stages"]
    way = OpenCollections({PLAIN: Stages()}).way("Shapes")
    assert way.pipeline.name.startswith("search > yesno@")


def test_what_is_left_out_is_said_once(shapes: Path) -> None:
    made(shapes, "far")
    first, second = (CliRunner().invoke(app, ["search", "a ball", "--json"]) for _ in range(2))
    line = "profile 'far': no reranker: no server answers at http://127.0.0.1:9/v1\n"
    assert line in first.stderr
    assert line not in second.stderr
    assert json.loads(second.stdout)["hits"]
