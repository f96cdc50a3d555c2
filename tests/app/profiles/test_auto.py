"""Which encoder a new collection gets: the base installation, and a hub over HTTP, or none."""

import json
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter

import numpy as np
import pytest
from PIL import Image

from agent.profile import profile
from app.profiles.available_profiles import repository_of
from retrievers.encoders.load import load_encoder
from tests.hub import tiny_siglip
from tests.hub.base_install import BaseInstall
from tests.hub.loopback_hub import Faults, HostedModel, LoopbackHub, serving

pytestmark = pytest.mark.slow
REPO, COMMIT = repository_of(profile("laptop").encoder)
FALLEN_BACK = "taking the small offline encoder. Once there is a way, move up with: "


@pytest.fixture
def hub() -> Iterator[LoopbackHub]:
    with serving() as hub:
        hub.models[REPO] = HostedModel(tiny_siglip.files("_fp16"), COMMIT, licence=None)
        yield hub


@pytest.fixture
def base(tmp_path: Path, hub: LoopbackHub, new_home: Callable[[], Path]) -> BaseInstall:
    return BaseInstall(tmp_path, new_home(), hub)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    dice = np.random.default_rng(0)
    for number in range(5):
        noise = dice.integers(0, 256, (40, 50, 3), dtype=np.uint8)
        Image.fromarray(noise).save(folder / f"{number}.png")
    return folder


def encoders(base: BaseInstall) -> list[str]:
    """The exact weights of the collections that were made."""
    return [str(one["encoder"]) for one in json.loads(base.run("status", "--json")[0])]


def test_the_hubs_encoder_is_fetched_indexes_and_searches_without_torch(
    base: BaseInstall, pictures: Path, tmp_path: Path
) -> None:
    out, told = base.run("index", str(pictures))
    assert f"Fetching {REPO}@{COMMIT[:12]}: " in told
    assert "licence: Apache-2.0" in told
    assert "5 new" in out
    assert encoders(base) == [f"onnx:{REPO}@{COMMIT}#fp16"]
    found = json.loads(base.run("search", "a dog", "--json", "-k", "5")[0])
    assert base.hub is not None
    asked = len(base.hub.asked)
    _, told = base.run("index", str(pictures), "--name", "again")
    assert (told, len(base.hub.asked)) == ("", asked)  # weights that lie here need no hub
    folder = tmp_path / "same"
    for name, content in tiny_siglip.files("_fp16").items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    same = load_encoder(f"onnx:{folder}#fp16")
    seen = [Image.open(file).convert("RGB") for file in sorted(pictures.iterdir())]
    cosines = same.encode_images(seen) @ same.encode_texts(["a dog"])[0]
    expected = [f"{place}.png" for place in np.argsort(-cosines)]
    assert [Path(hit["path"]).name for hit in found["hits"]] == expected


def test_a_stopped_download_goes_on(base: BaseInstall, hub: LoopbackHub, pictures: Path) -> None:
    hub.faults = Faults(pause=0.1)
    process = base.start("index", str(pictures))
    while hub.sent < 100_000:
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert told.endswith("dialens: stopped\n")
    hub.faults = Faults(cut_after=40_000, cuts=2)
    out, told = base.run("index", str(pictures))
    assert " of it already here" in told
    assert "5 new" in out


def test_wrong_bytes_end_in_one_line_and_make_no_collection(
    base: BaseInstall, hub: LoopbackHub, pictures: Path
) -> None:
    hub.faults = Faults(wrong=True)
    _, told = base.run("index", str(pictures), code=1)
    assert told.splitlines()[-1].startswith(f"dialens: onnx:{REPO}")
    assert "is not what the model hub says it is" in told
    assert not encoders(base)


def until_a_line(process: "subprocess.Popen[str]") -> tuple[float, str]:
    """Seconds until the first line of standard error, and that line."""
    began = perf_counter()
    assert process.stderr is not None
    said = process.stderr.readline()
    return perf_counter() - began, said


@pytest.mark.parametrize("how", ["refused", "silent", "absent", "--offline", "HF_HUB_OFFLINE"])
def test_without_a_way_to_the_hub_one_line_comes_in_time(
    how: str, base: BaseInstall, hub: LoopbackHub, pictures: Path
) -> None:
    words, more = ["index", str(pictures), "--name", "mine"], {}
    if how == "refused":
        base.hub = None
    elif how == "silent":
        hub.faults = Faults(silent=True)
    elif how == "absent":
        hub.models.clear()
    elif how == "--offline":
        words.append(how)
    else:
        more = {how: "1"}
    first = base.start("index", str(pictures), "--name", "first", "--offline")
    usual, _ = until_a_line(first)
    first.communicate(timeout=120)
    process = base.start(*words, **more)
    took, said = until_a_line(process)
    assert took < 4 or took - usual < 3, (took, usual, said)  # the machine may be busy
    out, rest = process.communicate(timeout=120)
    assert FALLEN_BACK in said
    assert "5 new" in out
    assert [one.partition(":")[0] for one in encoders(base)] == ["offline"] * 2
    assert FALLEN_BACK not in rest
    if how in ("--offline", "HF_HUB_OFFLINE"):
        assert not hub.asked


def test_that_there_is_no_way_is_remembered_and_forgotten_on_request(
    base: BaseInstall, hub: LoopbackHub, pictures: Path
) -> None:
    hub.faults = Faults(silent=True)
    base.run("index", str(pictures))
    asked = len(hub.asked)
    hub.faults = Faults()
    shutil.copytree(pictures, pictures.with_name("more"))
    _, told = base.run("index", str(pictures.with_name("more")))
    assert FALLEN_BACK in told
    assert len(hub.asked) == asked
    out, _ = base.run("models", "fetch", "auto")
    assert out == f"auto: onnx:{REPO}@{COMMIT}#fp16 is ready\n"
    shutil.copytree(pictures, pictures.with_name("most"))
    _, told = base.run("index", str(pictures.with_name("most")), HF_HUB_OFFLINE="1")
    assert told == ""
    assert sum(one.startswith("onnx:") for one in encoders(base)) == 1


def test_what_the_user_set_comes_first_and_a_collection_keeps_its_encoder(
    base: BaseInstall, hub: LoopbackHub, pictures: Path
) -> None:
    base.run("index", str(pictures), DIALENS_PROFILE="offline")
    assert [one.partition(":")[0] for one in encoders(base)] == ["offline"]
    base.run("index", str(pictures))
    base.run("index", str(pictures), "--profile", "auto")
    assert [one.partition(":")[0] for one in encoders(base)] == ["offline"]
    (base.home / "profiles.toml").write_text('[auto]\nencoder = "offline"\n')
    base.run("index", str(pictures), "--name", "second")
    assert not hub.asked
    _, told = base.run("index", str(pictures), "--name", "third", DIALENS_PROFILE="x", code=1)
    assert told.startswith("dialens: $DIALENS_PROFILE: no profile 'x'; there are auto, ")
