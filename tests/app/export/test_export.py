"""`dialens models export`, and the collections that use what it wrote."""

from collections.abc import Callable
from pathlib import Path

import pytest

from app.encoders import twins
from retrievers.encoders.load import load_encoder
from tests.app.test_commands import paint, run, run_json
from tests.retrievers.encoders.tiny_checkpoints import save

Spec = Callable[[], str]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DIALENS_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(twins, "_TOLD", set())
    for colour in ((220, 20, 20), (30, 40, 220)):
        paint(tmp_path / "Holiday" / f"{colour[0]}.png", colour, (120, 90))
    return tmp_path


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"transformers:{save('clip', tmp_path_factory.mktemp('clip'))}"


def test_a_collection_takes_the_export_of_its_encoder_and_says_so_once(
    home: Path, spec: str
) -> None:
    run("index", str(home / "Holiday"), "--encoder", spec)
    before = run_json("search", "red")
    done = run_json("models", "export", spec)
    assert done["real_pictures"] == 2
    assert min(done["cosine"].values()) >= 0.9999
    listed = run_json("models", "list")
    assert done["folder"] in [one["path"] for one in listed]
    said = run("search", "red")[1]
    assert said.count("its export to ONNX is used, with the same vectors") == 1
    assert load_encoder(spec).name in said
    assert "its export" not in run("search", "blue")[1]
    after = run_json("search", "red")
    assert [hit["path"] for hit in after["hits"]] == [hit["path"] for hit in before["hits"]]
    paint(home / "Holiday" / "new.png", (20, 200, 40), (90, 120))
    run("index", str(home / "Holiday"))
    assert len(run_json("search", "red")["hits"]) == 3


def test_an_export_elsewhere_is_an_encoder_of_its_own(home: Path, spec: str) -> None:
    out, said = run(
        *("models", "export", spec, "--precision", "int8", "--to", str(home / "small")),
        *("--pictures", str(home / "Holiday")),
    )
    assert out.startswith(f"{home / 'small'}: ")
    assert "(pictures, 2 real)" in out
    assert "tracing the image tower ..." in said
    run("index", str(home / "Holiday"), "--encoder", f"onnx:{home / 'small'}")
    assert run_json("search", "red")["encoder"].endswith("#int8")
    said = run("models", "export", spec, "--to", str(home / "small"), code=1)[1]
    assert "is there already; remove it or name another place with --to" in said
