"""Bytes that are no UTF-8, and halves of characters, at every door: read as U+FFFD, never lost."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.mllm.mllm import Message
from agent.mllm.open_mllm import open_mllm
from app.server.contract.requests import SearchIn
from eval.benchmarks.own.caption_lines import read_json_lines
from finetune.dialogues.dialogue import read_dialogues
from retrievers.collection.collection import Collection
from retrievers.collection.writer import CollectionWriter
from retrievers.query import Filters, Query
from retrievers.text.lettering import cleaned
from tests.app.test_commands import paint, run

ROOT = Path(__file__).parents[2]
BROKEN = st.text(st.characters() | st.characters(categories=["Cs"]), min_size=1)
ODD = (b"\xff.png", b"caf\xe9 \xe6\x9d.png", b"\xed\xa0\xbd.png")  # the last is half an emoji


def dialens(
    home: Path, *command: str | bytes, said: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    """Run the program in a locale whose output cannot show everything."""
    environment = os.environ | {"DIALENS_HOME": str(home), "PYTHONIOENCODING": "utf-8:strict"}
    return subprocess.run(
        [sys.executable, "-m", "app.start", *command],
        input=said,
        capture_output=True,
        cwd=ROOT,
        env=environment,
        check=False,
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, new_home: Callable[[], Path]) -> Path:
    folder = tmp_path_factory.mktemp("pictures") / "Odd"
    for at, name in enumerate(ODD):
        paint(folder / os.fsdecode(name), (220, 20, 20), (60 + at, 40))
    home = new_home()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIALENS_HOME", str(home))
        run("index", str(folder))
    return home


def names(done: subprocess.CompletedProcess[bytes]) -> list[bytes]:
    return [path.rpartition(b"/")[2] for path in done.stdout.split(b"\0")[:-1]]


def test_words_of_any_bytes_are_searched_and_files_of_any_name_come_back_whole(home: Path) -> None:
    asked = [b"red \xff", b"\xc3", b"--not", b"people \xe6\x9d", b"--not-path", b"no \xff"]
    done = dialens(home, "search", *asked, "-0")
    assert (done.returncode, sorted(names(done))) == (0, sorted(ODD)), done
    assert names(dialens(home, "search", "--path", b"caf\xe9 \xe6\x9d*", "-0")) == [ODD[1]]
    nothing = dialens(home, "search", "red", "--tag", b"t\xff", "--camera", b"c\xff")
    assert nothing.returncode == 0 and nothing.stderr.count(b"\n") == 1, nothing


def test_json_and_tables_are_utf8_whatever_files_are_called(home: Path, tmp_path: Path) -> None:
    page = os.fsencode(tmp_path) + b"/\xff.html"
    done = dialens(home, "search", b"red \xff", "--json", "--html", page)
    assert (done.returncode, Path(os.fsdecode(page)).is_file()) == (0, True), done
    assert done.stderr.endswith(b"\\xff.html\n")
    found = json.loads(done.stdout)
    json.dumps(found, ensure_ascii=False).encode()
    assert found["query"]["wanted"] == ["red \ufffd"]
    shown = {hit["path"].rpartition("/")[2] for hit in found["hits"]}
    assert shown == {one.decode(errors="backslashreplace") for one in ODD}
    table = dialens(home, "search", "red")
    assert (table.returncode, rb"\xff.png" in table.stdout) == (0, True), table


def test_every_document_for_scripts_is_utf8_whatever_files_are_called(
    tmp_path: Path, new_home: Callable[[], Path]
) -> None:
    folder, home = os.fsencode(tmp_path) + b"/\xe9t\xe9", new_home()
    paint(Path(os.fsdecode(folder)) / "a.png", (1, 2, 3), (60, 40))
    Path(os.fsdecode(folder + b"/\xff.png")).write_bytes(b"no picture")
    told = {
        command[0]: dialens(home, *command, "--json")
        for command in ((b"index", folder, b"--name", b"odd"), ["status"], ["doctor"])
    }
    for command, done in told.items():
        assert done.returncode == 0, (command, done)
        json.dumps(json.loads(done.stdout), ensure_ascii=False).encode()
    assert json.loads(told[b"index"].stdout)["failed"][0]["path"].endswith(r"\xe9t\xe9/\xff.png")


@pytest.mark.parametrize("said", ["a dog \ud83d", "\udc36", "a \udcff b", "\ud83d\ude00"])
def test_what_a_model_says_of_a_picture_is_kept_without_half_characters(
    home: Path, said: str
) -> None:
    with (
        closing(Collection.open(home / "collections" / "Odd")) as collection,
        CollectionWriter(collection) as writer,
    ):
        writer.describe(0, caption=said, text=said, tags=[said])
        (picture,) = collection.pictures([0])
    assert picture.caption == picture.text == picture.tags[0] == cleaned(said)


class Half(BaseHTTPRequestHandler):
    """A model's server that escapes half a character."""

    def do_POST(self) -> None:
        answer = (
            r'{"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": '
            r'[{"index": 0, "finish_reason": "stop", "message": '
            r'{"role": "assistant", "content": "a dog \ud83d"}}]}'
        )
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(answer.encode())

    def log_message(self, *_: object) -> None:
        pass


def test_an_answer_of_a_served_model_has_no_half_characters() -> None:
    server = HTTPServer(("127.0.0.1", 0), Half)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        model = open_mllm(f"openai:m@http://127.0.0.1:{server.server_port}/v1")
        assert model.generate([Message("user", ("what?",))]) == "a dog \ufffd"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-8-sig", "cp1251", "cp932"])
@pytest.mark.parametrize("piped", [False, True])
def test_a_chat_reads_a_file_of_questions_in_any_encoding(
    home: Path, tmp_path: Path, encoding: str, piped: bool
) -> None:
    said = {"cp932": ["赤い車", "海辺の犬と子供"]}.get(encoding, ["красный круг", "на крыше"])
    (tmp_path / "said.txt").write_bytes("\r\n".join([*said, ""]).encode(encoding))
    environment = os.environ | {"DIALENS_HOME": str(home), "PYTHONIOENCODING": "utf-8"}
    with (tmp_path / "said.txt").open("rb") as file:
        done = subprocess.run(
            [sys.executable, "-m", "app.start", "chat", "--session", f"{encoding}-{piped}"],
            input=file.read() if piped else None,
            stdin=None if piped else file,
            capture_output=True,
            cwd=ROOT,
            env=environment,
            check=False,
        )
    assert (done.returncode, done.stderr) == (0, b""), done
    shown = done.stdout.decode()
    assert [line[2:] for line in shown.splitlines() if line.startswith("> ")] == said


def test_a_chat_loses_no_turn_to_bytes(home: Path) -> None:
    lines = b"red \xff\nsave\nin the folder \xe9t\xe9\nnot \xed\xa0\xbd\nexport\n"
    done = dialens(home, "chat", "--session", "bytes", said=lines)
    assert (done.returncode, done.stdout.count(b"lost:")) == (0, 0), done
    kept = json.loads(dialens(home, "sessions", "show", "bytes", "--json").stdout)
    json.dumps(kept, ensure_ascii=False).encode()
    said = [turn["said"] for turn in kept["turns"]]
    assert [len(said), said[0], said[2]] == [5, "red ÿ", "in the folder été"]


@given(BROKEN)
def test_no_door_inside_lets_half_a_character_through(text: str) -> None:
    conditions = Filters(paths=(text,), not_paths=(text,), camera=text, tags=(text,))
    asked = Query(wanted=(text,), unwanted=(text,), filters=conditions)
    repr((asked, Message("user", (text,)), SearchIn.model_validate({"text": text[:9]}))).encode()
    for one in (*asked.wanted, *asked.filters.paths, *Message("user", (text,)).parts):
        assert isinstance(one, str)
        one.encode()


def test_captions_and_dialogues_that_escape_half_a_character_are_read(tmp_path: Path) -> None:
    captions, dialogues = tmp_path / "captions.jsonl", tmp_path / "dialogues.jsonl"
    captions.write_text(r'{"picture": "a.png", "caption": "a dog \ud83d"}' + "\n")
    dialogues.write_text(r'{"img": "a.png", "dialog": ["\udc36 a dog", "old? no"]}' + "\n")
    (line,) = read_json_lines(captions)
    (dialogue,) = read_dialogues(dialogues)
    assert line.captions == ("a dog \ufffd",)
    assert dialogue.turns == ("\ufffd a dog", "old? no")


def test_a_prompt_that_is_no_utf8_is_named(tmp_path: Path) -> None:
    from prompts.load import PromptError, load, names

    own = tmp_path / f"{names()[0]}.md"
    own.parent.mkdir(parents=True)
    own.write_bytes(b"+++\n\xff")
    with pytest.raises(PromptError, match=r"\.md: no UTF-8 .*; save it as UTF-8"):
        load(names()[0], own=tmp_path)
