"""`dialens migrate` as a person meets it: a real second encoder, labels, the way back."""

import json
import os
import signal
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.library.library import locate
from app.library.query_options import opened_collection
from app.migration.encoders_compared import encoders_compared
from retrievers.collection.active_adapter import FOLDER, put_into_force
from retrievers.collection.collection import Collection
from retrievers.collection.migration.migrate import migrate
from retrievers.collection.storage.lock import MigrationLock
from retrievers.collection.sync.sync import sync
from retrievers.recorded_files import recorded_image
from tests.app.test_commands import COLOURS, paint, run, run_json
from tests.encoders import BareColourEncoder, ColourEncoder
from tests.retrievers.encoders.tiny_checkpoints import save


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"transformers:{save('clip', tmp_path_factory.mktemp('tiny') / 'clip')}"


@pytest.fixture
def photos(
    tmp_path: Path, new_home: Callable[[], Path], monkeypatch: pytest.MonkeyPatch, tiny: str
) -> Path:
    """An indexed folder of six, and a profile `tiny`."""
    home = new_home()
    monkeypatch.setenv("DIALENS_HOME", str(home))
    (home / "profiles.toml").write_text(f"[tiny]\nencoder = '{tiny}'\n", encoding="utf-8")
    folder = tmp_path / "Holiday"
    for name, colour in COLOURS.items():
        paint(folder / f"{name}.png", colour, (120, 90))
        paint(folder / "tall" / f"{name}_tall.png", colour, (60, 140))
    run("index", str(folder))
    return folder


def label(folder: Path, home: Path) -> None:
    path = home / "labels" / "Holiday.jsonl"
    path.parent.mkdir()
    every = sorted(folder.rglob("*.png"))
    lines = [
        json.dumps({"file": str(one), "caption": f"{one.stem} thing", "by": "you"}) for one in every
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def encoder_now() -> str:
    return str(run_json("status", "Holiday")[0]["encoder"])


def test_a_collection_moves_is_searched_and_returns(photos: Path) -> None:
    before = run_json("search", "red", "-k", "6")
    old = encoder_now()
    said, _ = run("migrate", "Holiday", "--profile", "tiny")
    assert said.startswith("Holiday: searched with transformers:clip#")
    assert "; 6 pictures encoded in " in said
    assert f"the vectors of {old} are kept: dialens migrate Holiday --back" in said
    assert encoder_now().startswith("transformers:clip#")
    found = run_json("search", "red", "-k", "6")
    assert {hit["id"] for hit in found["hits"]} == {hit["id"] for hit in before["hits"]}
    assert found["hits"] != before["hits"]
    with opened_collection("Holiday") as opened:
        query = opened.encoder.encode_texts(["red"])[0]
        held = opened.collection.vectors_of([hit["id"] for hit in found["hits"]])
    cosines = [hit["why"]["scores"]["vector"] for hit in found["hits"]]
    np.testing.assert_allclose(held @ query, cosines, atol=1e-5)
    status, _ = run("status", "Holiday")
    assert f"vectors of {old} are kept, " in status
    assert run_json("index", str(photos))["unchanged"] == 7 - 1
    run("migrate", "Holiday", "--back")
    assert encoder_now() == old
    assert run_json("search", "red", "-k", "6")["hits"] == before["hits"]
    _, told = run("migrate", "Holiday", "--forget")
    assert told.startswith("dropped the vectors of transformers:clip#")
    assert run_json("status", "Holiday")[0]["previous"] is None
    assert run("migrate", "Holiday", "--back", code=1)[1].startswith(
        "dialens: collection 'Holiday'"
    )
    assert run("doctor", "Holiday")[0] == "Holiday: nothing is wrong\n"


@pytest.mark.parametrize(
    ("options", "code", "line"),
    [
        ([], 1, "name where 'Holiday' is to move"),
        (["--profile", "none"], 1, "no profile 'none'"),
        (["--encoder", "offline"], 1, "collection 'Holiday' has the vectors of offline"),
        (["--encoder", "offline", "--back"], 1, "choose one of --profile"),
        (["--give-up"], 1, "'Holiday' is not on its way to another encoder"),
        (["--forget"], 1, "'Holiday' keeps no vectors of an encoder before"),
        (["--back"], 1, "collection 'Holiday' keeps no vectors of an encoder before"),
    ],
)
def test_what_cannot_be_is_one_line(photos: Path, options: list[str], code: int, line: str) -> None:
    out, error = run("migrate", "Holiday", *options, code=code)
    assert (out, error.count("\n")) == ("", 1)
    assert line in error


def test_an_unfinished_one_is_shown_with_its_command_and_gone_on_with(
    photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = photos / "red.png"
    data = path.read_bytes()
    path.unlink()
    said, _ = run("migrate", "Holiday", "--profile", "tiny", code=1)
    assert "1 picture could not be encoded:\n  red.png: " in said
    assert "dialens migrate Holiday --drop-missing" in said
    status, _ = run("status", "Holiday")
    assert "5 of 6 pictures encoded; go on: dialens migrate Holiday\n" in status
    assert "offline" in encoder_now()
    path.write_bytes(data)
    assert run_json("migrate", "Holiday")["encoded"] == 1
    assert encoder_now().startswith("transformers:clip#")


def test_pictures_whose_files_are_gone_leave_only_when_told(photos: Path) -> None:
    (photos / "red.png").unlink()
    run("migrate", "Holiday", "--profile", "tiny", code=1)
    told = run_json("migrate", "Holiday", "--drop-missing")
    assert (told["switched"], len(told["missing"])) == (True, 1)
    assert run_json("status", "Holiday")[0]["pictures"] == 5


def test_of_two_the_one_that_finds_more_labels_is_kept(
    photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    label(photos, Path(os.environ["DIALENS_HOME"]))
    old = encoder_now()
    told = run_json("migrate", "Holiday", "--profile", "tiny")
    compared = told["compared"]
    assert compared["labels"] == compared["pictures"] == 6
    assert told["switched"] == (compared["gain"]["mean"] >= 0) == (not told["refused"])
    if told["refused"]:
        assert encoder_now() == old
        said, _ = run("migrate", "Holiday", code=0)
        assert f"Holiday: searched with {old} as before" in said
        assert "to turn to " in said and "your 6 labels among 6 pictures" in said
    forced = run_json("migrate", "Holiday", "--keep", "new") if told["refused"] else told
    assert forced["switched"] and encoder_now().startswith("transformers:clip#")


@pytest.mark.parametrize("turned", [False, True])
def test_labels_tell_two_encoders_apart(tmp_path: Path, photos: Path, turned: bool) -> None:
    """One knows where in a picture a colour is, the other that it is there: by hand, MRR."""

    class Blind(BareColourEncoder):
        name = "test:blind"

        def encode_texts(self, texts: Any) -> Any:
            return super().encode_texts(["nothing" for _ in texts])

    old, new = (Blind(), ColourEncoder()) if turned else (ColourEncoder(), Blind())
    label(photos, Path(os.environ["DIALENS_HOME"]))
    place = tmp_path / "of-its-own" / "Holiday"
    collection = Collection.create(place, encoder=old.name, dim=old.dim)
    sync(collection, old, photos)
    seen: list[Any] = []

    def choose(side: Any) -> bool:
        seen.append(encoders_compared(collection, side, old, new))
        return bool(seen[0].better)

    report = migrate(collection, new, choose=choose)
    assert report.switched == turned
    (told,) = seen
    pictures = collection.pictures(range(6))
    for encoder, figures in ((old, told.old), (new, told.new)):
        images = [recorded_image(one, min_side=encoder.image_size) for one in pictures]
        texts = encoder.encode_texts([f"{one.path.stem} thing" for one in pictures])
        cosines = texts @ encoder.encode_images(images).T  # [label, picture]
        ranks = (cosines >= cosines.diagonal()[:, None] - 1e-7).sum(axis=1)
        assert figures["MRR"] == pytest.approx(float((1 / ranks).mean()), abs=1e-6)


def test_what_feedback_taught_the_encoder_before_does_not_stop_a_search(
    photos: Path, tmp_path: Path
) -> None:
    with closing(Collection.open(locate("Holiday"))) as collection:
        made = tmp_path / "adapter"
        made.mkdir()
        facts = {"kind": "text-map", "pictures": collection.encoder, "spec": "offline"}
        (made / "adapter.json").write_text(json.dumps(facts), encoding="utf-8")
        put_into_force(collection, made)
        assert (collection.folder / FOLDER / "1").is_dir()
    said, _ = run("migrate", "Holiday", "--profile", "tiny")
    assert "what feedback taught was for the encoder before" in said
    assert len(run_json("search", "red")["hits"]) == 6


def test_in_the_background_it_outlives_its_command_and_a_kill(photos: Path) -> None:
    _, told = run("migrate", "Holiday", "--profile", "tiny", "--background")
    pid = int(told.split()[1])
    os.kill(pid, signal.SIGKILL)
    _ended(pid)
    _, told = run("migrate", "Holiday", "--profile", "tiny", "--background")
    pid, folder = int(told.split()[1]), locate("Holiday")
    assert _ended(pid)
    log = (folder / "migration.log").read_text(encoding="utf-8")
    assert "Holiday: searched with transformers:clip#" in log
    assert encoder_now().startswith("transformers:clip#"), log


def test_a_collection_that_is_being_moved_is_not_deleted(photos: Path) -> None:
    lock = MigrationLock(locate("Holiday"))
    assert "is being migrated by process" in run("rm", "Holiday", "--yes", code=1)[1]
    again = run("migrate", "Holiday", "--profile", "tiny", "--background", code=1)
    assert "is being migrated by process" in again[1]
    lock.release()
    run("rm", "Holiday", "--yes")


def _ended(pid: int) -> bool:
    end = time.monotonic() + 120
    while time.monotonic() < end:
        found, _ = os.waitpid(pid, os.WNOHANG)
        if found:
            return True
        time.sleep(0.05)
    return False
