"""Caption files, folders and lists from elsewhere, opened by the command line: none holds it up."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from PIL import Image
from pyarrow import parquet

Made = Callable[[Path], Path]
SURROGATE = '"a dog \\ud83d on grass"'
UTTERANCE = '{"said": %s, "state": {"wanted": []}, "category": "x", "ok": [{}]}\n'


def ran(*words: object, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command, with 3 GB of address space (torch: 9) and two minutes at most."""
    most = (9 if words[0] == "finetune" else 3) << 30
    limit = f"import resource as r; r.setrlimit(r.RLIMIT_AS, ({most},) * 2)"
    code = f"{limit}; import sys; from app.start import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, words)],
        capture_output=True,
        text=True,
        env={**os.environ, "DIALENS_HOME": str(folder / "home")},
        timeout=120,
    )
    assert "Traceback" not in done.stderr, done.stderr
    assert len(done.stdout) + len(done.stderr) < 3000
    return done


def written(name: str, text: str) -> Made:
    """Return what writes that file."""

    def make(folder: Path) -> Path:
        (folder / name).write_text(text)
        return folder / name

    return make


def sparse(name: str, begin: bytes) -> Made:
    """Return what makes a file of 4 GB that takes no room."""

    def make(folder: Path) -> Path:
        with (folder / name).open("wb") as file:
            file.write(begin)
            file.truncate(4 << 30)
        return folder / name

    return make


def pipe(name: str) -> Made:
    """Return what makes a folder with a pipe in it that nobody writes to."""

    def make(folder: Path) -> Path:
        os.mkfifo(folder / name)
        return folder

    return make


def runs_of_one_value(folder: Path) -> Path:
    """Make 30 million rows in some kB."""
    table = pa.table(
        {
            name: pa.array([value]).take(pa.array([0] * 30_000_000)).dictionary_encode()
            for name, value in (("image", "a.jpg"), ("caption", "a dog on grass"))
        }
    )
    parquet.write_table(table, folder / "rows.parquet")
    return folder / "rows.parquet"


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (written("one.txt", "a;b|c,d\t" * 40_000), "needs one of"),
        (written("names.csv", "," * 60_000 + "\n" + "," * 60_000), "needs one of"),
        (written("heads.tsv", "text\t" * 100_000 + "\na.jpg\ta dog\n"), "needs one of"),
        (sparse("captions.json", b'{"a":"'), "more than 1,073,741,824 bytes"),
        (sparse("captions.csv", b"file,caption\n"), "characters cannot be told"),
        (written("line.jsonl", '{"file": "' + "a" * (1 << 27)), "a line of more than"),
        (runs_of_one_value, "30,000,000 rows, more than it has bytes"),
        (pipe("a.tar"), "holds no captions"),
        (pipe("a.parquet"), "holds no captions"),
        (pipe("captions.jsonl"), "holds no captions"),
    ],
    ids=range(10),
)
def test_a_caption_file_from_elsewhere_is_refused_in_a_line(
    make: Made, says: str, tmp_path: Path
) -> None:
    done = ran("eval", "prepare", make(tmp_path), folder=tmp_path)
    assert done.returncode == 1
    assert says in done.stderr + done.stdout


@pytest.mark.parametrize("target", ["secret", "/etc/passwd", "/dev/zero"])
def test_a_text_beside_a_picture_is_no_link_to_elsewhere(target: str, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("the password is hunter2")
    folder = tmp_path / "shared"
    folder.mkdir()
    Image.new("RGB", (32, 32), "red").save(folder / "a.jpg")
    (folder / "a.txt").symlink_to(tmp_path / target)
    done = ran("eval", "prepare", folder, folder=tmp_path)
    assert "holds no captions" in done.stderr + done.stdout


def test_a_text_beside_a_picture_is_as_long_as_a_caption(tmp_path: Path) -> None:
    Image.new("RGB", (32, 32), "red").save(tmp_path / "a.jpg")
    (tmp_path / "a.txt").write_text("a dog " * 400_000)
    done = ran("eval", "prepare", tmp_path, folder=tmp_path)
    assert done.returncode == 1
    assert "a.txt cannot be read: more than" in done.stderr + done.stdout


@pytest.mark.parametrize("command", [("understand",), ("eval", "understanding")])
@pytest.mark.parametrize(
    ("make", "code", "says"),
    [
        (written("half.jsonl", UTTERANCE % SURROGATE), 0, ""),
        (written("deep.jsonl", "[" * 200_000), 1, "nested too deeply"),
        (sparse("zeros.jsonl", b'{"said": "'), 1, "more than 1,073,741,824 bytes"),
    ],
    ids=range(3),
)
def test_utterances_from_elsewhere(
    command: tuple[str, ...], make: Made, code: int, says: str, tmp_path: Path
) -> None:
    done = ran(*command, make(tmp_path), folder=tmp_path)
    assert done.returncode == code
    assert says in done.stderr


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (".".join(["a"] * 20_000) + " = 1", "a key of more than 64 parts"),
        ("[" + " . ".join(['"a b"'] * 2000) + "]", "a key of more than 64 parts"),
        ("# " + "x" * 2_000_000, "more than 1,048,576 bytes"),
        ('shortlist = "' + "1.2." * 30 + '"', "shortlist: must be a whole number"),
    ],
    ids=range(4),
)
def test_a_stages_file_from_elsewhere_is_refused_in_a_line(
    text: str, says: str, tmp_path: Path
) -> None:
    path = written("stages.toml", text)(tmp_path)
    done = ran("search", "dog", "--stages", path, folder=tmp_path)
    assert done.returncode == 1
    assert says in done.stderr


@pytest.mark.parametrize(
    ("name", "text"),
    [("run.json", "[" * 200_000), ("run.json", json.dumps({"answered": "9" * 9000}))],
    ids=range(2),
)
def test_runs_from_elsewhere_are_refused_in_a_line(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    written(name, text)(tmp_path / "run")
    assert ran("eval", "table", tmp_path / "run", folder=tmp_path).returncode == 1


@pytest.mark.parametrize("text", ["[" * 200_000, '[{"img": "a.jpg", "dialog": [["\\ud800"]]}]'])
def test_dialogues_from_elsewhere_are_refused_in_a_line(text: str, tmp_path: Path) -> None:
    path = written("dialogues.json", text)(tmp_path)
    done = ran("finetune", "rewriter", "--set", f'dialogues="{path}"', folder=tmp_path)
    assert done.returncode == 1
    assert "dialogues.json" in done.stderr
