"""Captions as other programs write them: any encoding, any columns, some of them empty."""

import hashlib
import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import pyarrow
import pytest
from PIL import Image
from pyarrow import parquet

from agent.stages.config import StageError, read_stages
from eval.benchmarks.dataset import DatasetError
from eval.benchmarks.own.own_pictures import own_benchmark, read_captions
from eval.benchmarks.remarks import remarks
from eval.grid.grid_questions import Pool, questions_of
from finetune.dialogues.dialogue import read_dialogues
from finetune.error import FinetuneError
from prompts.load import PromptError, load
from tests.app.test_commands import run, run_json
from tests.encoders import COLOURS

NAMES = ("a.jpg", "b.jpg", "c.jpg")
SAID = ("ein süßer Hund", "Käse auf dem Tisch", "a dog, running\non grass")
WANTED = {"a.jpg": (SAID[0],), "b.jpg": (SAID[1],), "c.jpg": ("a dog, running on grass",)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, colour in zip(NAMES, COLOURS.values(), strict=False):
        Image.new("RGB", (20, 20), colour).save(tmp_path / name)
    return tmp_path


def captions(path: Path) -> dict[str, tuple[str, ...]]:
    return {one.id: one.captions for one in read_captions(path, home=path.parent)}


def table(heading: str, rows: list[str], mark: str = ",") -> str:
    return "".join(f"{line}\r\n" for line in [heading, *rows] if line).replace("|", mark)


ROWS = [f'{name}|"{said}"' for name, said in zip(NAMES, SAID, strict=True)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize(("mark", "name"), [(",", "c.csv"), ("\t", "c.txt"), (";", "c.csv")])
@pytest.mark.parametrize("heading", ["file|caption", ""], ids=["heading", "no heading"])
def test_a_table_is_read_in_any_encoding_with_any_mark(
    folder: Path, encoding: str, mark: str, name: str, heading: str
) -> None:
    path = folder / name
    path.write_bytes(table(heading, ROWS, mark).encode(encoding))
    assert captions(path) == WANTED


def test_what_excel_saves_as_unicode_text_is_read(folder: Path) -> None:
    path = folder / "Book1.txt"  # UTF-16 with its mark, tabs, and blank columns at the end
    rows = [f"{row}||" for row in ROWS] + ["|||"]
    path.write_bytes(table("Image|Caption||", rows, "\t").encode("utf-16"))
    assert captions(path) == WANTED


@pytest.mark.parametrize(
    ("heading", "rows"),
    [
        ("file|caption|label", ["a.jpg|a small dog|3", "b.jpg|some cheese|4"]),
        ("file|caption|label", ["a.jpg|a small dog|dog", "b.jpg|some cheese|food"]),
        ("label|file|text", ["3|a.jpg|a small dog", "4|b.jpg|some cheese"]),
        ("image|path|caption", ["17|a.jpg|a small dog", "18|b.jpg|some cheese"]),
        ("text|description|picture", ["1|a small dog|a.jpg", "2|some cheese|b.jpg"]),
        ("photo|prompt|score", ["a.jpg|a small dog|0.5", "b.jpg|some cheese|0.25"]),
        ("id|datei|beschreibung", ["1|a.jpg|a small dog", "2|b.jpg|some cheese"]),
        ("caption|title|file", ["|a small dog|a.jpg", "|some cheese|b.jpg"]),
        ("file|caption|text", ["a.jpg|a small dog|2019-07-04", "b.jpg|some cheese|2019-07-05"]),
        (
            "caption|image|url",
            ["a small dog|a.jpg|https://x.y/1", "some cheese|b.jpg|https://x.y/2"],
        ),
    ],
)
@pytest.mark.parametrize("form", ["csv", "jsonl", "json", "parquet"])
def test_a_column_is_a_caption_by_what_it_holds(
    folder: Path, heading: str, rows: list[str], form: str
) -> None:
    path = folder / f"c.{form}"
    cells = [row.split("|") for row in rows]
    names = heading.split("|")
    plain: list[dict[str, object]] = [
        dict(zip(names, [int(one) if one.isdecimal() else one for one in row], strict=True))
        for row in cells
    ]
    if form == "csv":
        path.write_text(table(heading, rows), encoding="utf-8")
    elif form == "jsonl":
        path.write_text("".join(f"{json.dumps(one)}\n" for one in plain), encoding="utf-8")
    elif form == "json":
        path.write_text(json.dumps(plain), encoding="utf-8")
    else:
        parquet.write_table(pyarrow.Table.from_pylist(plain), path)
    assert captions(path) == {"a.jpg": ("a small dog",), "b.jpg": ("some cheese",)}


@pytest.mark.parametrize(
    "rows",
    [
        ["1|a.jpg|a small dog", "2|b.jpg|some cheese"],
        ["a small dog|3|a.jpg", "some cheese|4|b.jpg"],
    ],
)
def test_without_a_heading_what_they_hold_is_enough(folder: Path, rows: list[str]) -> None:
    (folder / "c.csv").write_text(table("", rows), encoding="utf-8")
    assert captions(folder / "c.csv") == {"a.jpg": ("a small dog",), "b.jpg": ("some cheese",)}


def test_classes_are_captions_where_there_is_nothing_else(folder: Path) -> None:
    (folder / "c.csv").write_text("file,label\na.jpg,dog\nb.jpg,cat\n")
    assert captions(folder / "c.csv") == {"a.jpg": ("dog",), "b.jpg": ("cat",)}


def test_captions_without_blanks_between_words_are_sentences_too(folder: Path) -> None:
    (folder / "c.csv").write_text("file,caption,label\na.jpg,草の上の犬,犬\nb.jpg,黒い猫,猫\n")
    assert captions(folder / "c.csv")["a.jpg"][0] == "草の上の犬"


@pytest.mark.parametrize("nothing", ["", " ", None])
@pytest.mark.parametrize("form", ["csv", "jsonl", "json", "parquet", "tar"])
def test_an_empty_caption_asks_for_nothing_and_hinders_no_other(
    folder: Path, form: str, nothing: str | None
) -> None:
    held: list[dict[str, str | None]] = [
        {"file": "a.jpg", "caption": "a dog"},
        {"file": "b.jpg", "caption": nothing},
    ]
    path = folder / f"c.{form}"
    if form == "csv":
        path.write_text("".join(f"{one['file']},{one['caption'] or ''}\n" for one in held))
    elif form == "jsonl":
        path.write_text("".join(f"{json.dumps(one)}\n" for one in held))
    elif form == "json":
        path.write_text(json.dumps(held))
    elif form == "parquet":
        parquet.write_table(pyarrow.Table.from_pylist(held), path)
    else:
        with tarfile.open(path, "w") as tar:  # as img2dataset writes its shards
            for key, one in enumerate(held):
                picture = (folder / str(one["file"])).read_bytes()
                facts = json.dumps({"caption": one["caption"], "key": f"{key:09}", "width": 20})
                for kind, data in (
                    ("jpg", picture),
                    ("txt", (one["caption"] or "").encode()),
                    ("json", facts.encode()),
                ):
                    info = tarfile.TarInfo(f"{key:09}.{kind}")
                    info.size = len(data)
                    tar.addfile(info, io.BytesIO(data))
    assert list(captions(path).values()) == [("a dog",)]


def test_a_json_object_may_map_files_to_what_is_said_of_them(folder: Path) -> None:
    (folder / "c.json").write_text(json.dumps({"a.jpg": "a dog", "b.jpg": ["x y", "z"]}), "utf-16")
    assert captions(folder / "c.json") == {"a.jpg": ("a dog",), "b.jpg": ("x y", "z")}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "cp1252", "utf-8-sig"])
def test_text_beside_a_picture_is_read_as_it_was_written(folder: Path, encoding: str) -> None:
    (folder / "a.txt").write_bytes("Käse auf dem Tisch\r\n".encode(encoding))
    assert captions(folder) == {"a.jpg": ("Käse auf dem Tisch",)}


def test_text_that_cannot_be_told_is_named_and_neither_scored_nor_trained_on(folder: Path) -> None:
    (folder / "a.txt").write_bytes(b"\xff\0\0\xfe\x01")
    with pytest.raises(DatasetError, match=r"a\.txt: .* save it as UTF-8"):
        captions(folder)
    said = run("eval", "my", str(folder), "--labels", str(folder), code=1)[1]
    assert "a.txt: " in said and len(said.strip().splitlines()) == 1


def test_files_of_stages_prompts_and_dialogues_may_come_from_windows(folder: Path) -> None:
    stages = folder / "stages.toml"
    stages.write_bytes('rewriter = "cirevl"\r\n'.encode("utf-16"))
    assert read_stages(stages).rewriter == "cirevl"
    stages.write_bytes(b"\0\xff\0")
    with pytest.raises(StageError, match=r"stages\.toml: .* save it as UTF-8"):
        read_stages(stages)
    own = folder / "caption"
    own.mkdir()
    whole = Path(__file__).parents[4] / "prompts" / "caption" / "describe.md"
    text = whole.read_text("utf-8") + "Käse"
    for encoding in ("utf-8-sig", "utf-16"):
        (own / "describe.md").write_bytes(text.replace("\n", "\r\n").encode(encoding))
        assert load("caption/describe", own=folder).body.endswith("Käse")
    (own / "describe.md").write_bytes(text.encode("cp1252"))
    with pytest.raises(PromptError, match="save it as UTF-8"):
        load("caption/describe", own=folder)
    talk = folder / "talk.jsonl"
    dialog = ["Käse auf dem Tisch", "ist er gelb? ja"]
    line = {"img": "a.jpg", "dialog": dialog}
    talk.write_text(json.dumps(line, ensure_ascii=False), "utf-16")
    assert read_dialogues(talk)[0].turns[0] == "Käse auf dem Tisch"
    dialog[0] += "\u2028und Brot"  # which ends a line for some programs, and not for JSON
    talk.write_text(json.dumps(line, ensure_ascii=False), "utf-8-sig")
    assert read_dialogues(talk)[0].turns[0].endswith("und Brot")


TABLES = {
    "a class that repeats": (
        "alt_text,category,label,img",
        '{said},"golden retriever",{at},{file}',
    ),
    "an address beside the file": (
        "url,image_path,title",
        "http://example.org/x.jpg,{file},{said}",
    ),
    "files that are elsewhere": ("original,local,raw", "/old/{file},{file},{said}"),
    "identifiers and paths": ("caption,uuid,text,file", "{said},0f8fad5b-d9cb-469f,a/b,{file}"),
    "another language": ("Datei,Beschreibung,Ort", "{file},{said},Köln"),
    "Flickr8k": ("", "{file}#0\t{said}"),
    "Flickr30k": ("image_name| comment_number| comment", "{file}| 0| {said}"),
    "without a heading": ("", "{file},0,{said}"),
}


@pytest.mark.parametrize("kind", TABLES)
def test_captions_and_files_are_told_by_what_columns_hold(folder: Path, kind: str) -> None:
    heading, row = TABLES[kind]
    said = dict(zip(NAMES, ("a dog runs", "two cats on a sofa", "the old bridge"), strict=True))
    rows = [row.format(file=file, said=one, at=3) for file, one in said.items()]
    path = folder / "c.csv"
    path.write_text("\n".join([heading, *rows, *rows][not heading :]), "utf-8")
    assert captions(path) == {file: (one,) for file, one in said.items()}


def test_fields_of_json_are_told_by_all_of_the_lines(folder: Path) -> None:
    said = dict(zip(NAMES, ("dog", "two cats on a sofa", "the old bridge at night"), strict=True))
    rows = [
        {"image": 17, "url": "http://x.org/a.jpg", "filepath": file, "label": "animal",
         "sentences": [{"raw": one, "tokens": one.split()}]}
        for file, one in said.items()
    ]  # fmt: skip
    path = folder / "c.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), "utf-8-sig")
    assert captions(path) == {file: (one,) for file, one in said.items()}


def test_quotes_are_part_of_what_is_said_where_tabs_part(folder: Path) -> None:
    path = folder / "c.txt"
    path.write_text('a.jpg#0\t"Two dogs" play\nb.jpg#0\tA sign says "stop"\n')
    assert captions(path) == {"a.jpg": ('"Two dogs" play',), "b.jpg": ('A sign says "stop"',)}


@pytest.mark.parametrize("encoding", ["iso2022_jp", "euc_jp", "cp932"])
def test_japanese_tables_are_read_in_every_encoding(folder: Path, encoding: str) -> None:
    said = dict(zip(NAMES, ("東京タワーの夜景", "海辺の犬", "京都の紅葉"), strict=True))
    path = folder / "c.csv"
    path.write_bytes(table("file|caption", [f"{a}|{b}" for a, b in said.items()]).encode(encoding))
    assert captions(path) == {file: (one,) for file, one in said.items()}


@pytest.mark.parametrize("said", ["café au lait", "25 °C, naïve"])
def test_texts_in_a_tar_may_be_of_windows(folder: Path, said: str) -> None:
    with tarfile.open(folder / "s.tar", "w") as tar:
        for name, data in (
            ("a.jpg", (folder / "a.jpg").read_bytes()),
            ("a.txt", said.encode("cp1252")),
        ):
            held = tarfile.TarInfo(name)
            held.size = len(data)
            tar.addfile(held, io.BytesIO(data))
    (found,) = read_captions(folder / "s.tar", home=folder)
    assert found.captions == (said,)


def test_prepare_sees_a_file_of_ones_own(folder: Path) -> None:
    path = folder / "c.csv"
    path.write_text("file,caption\n" + "".join(f"{name},a dog\n" for name in NAMES))
    assert "is complete" in run("eval", "prepare", str(path))[0]
    path.write_text("bild,wort,satz\nd.jpg,x,a dog\n")
    assert "no picture 'd.jpg'" in run("eval", "prepare", str(path), code=1)[0]
    path.write_text("bild,wort,satz\na.jpg,a cat sits,a dog runs along\n")
    columns = ("--file-column", "bild", "--caption-column", "nichts")
    assert "needs bild and nichts" in run("eval", "prepare", str(path), *columns, code=1)[0]


def test_finetune_names_columns_as_eval_does(folder: Path) -> None:
    path, out = folder / "c.csv", folder / "d.jsonl"
    path.write_text("bild,wort,satz\n" + "".join(f"{name},a cat sits,a dog\n" for name in NAMES))
    columns = ("--file-column", "bild", "--caption-column", "wort")
    run("finetune", "make-dialogues", str(path), str(out), *columns)
    assert {one.caption for one in read_dialogues(out)} == {"a cat sits"}
    config = folder / "c.toml"
    config.write_text(f'recipe = "rerank"\ncaptions = "{path}"\nmethod = "yesno"\n', "utf-8-sig")
    wrong = ("--file-column", "bild", "--caption-column", "nichts")
    assert "needs bild and nichts" in run("finetune", "plan", str(config), *wrong, code=1)[1]
    assert (
        "needs bild and nichts"
        in run("finetune", "adapt", "--set", f"captions={path}", *wrong, code=1)[1]
    )


@pytest.mark.parametrize(
    "written",
    [
        "Sub/Käse 1.JPG",
        "sub/käse 1.jpg",
        "SUB\\KÄSE 1.Jpg",
        "sub/K\u0061\u0308se 1.JPG",
        "{url}/Sub/K%C3%A4se%201.jpg",
        "{url}/sub/k%c3%a4se%201.JPG",
        "{host}/Sub/K%C3%A4se%201.jpg",
        "file:Sub/K%C3%A4se 1.jpg",
        "Sub/K%C3%A4se%201.jpg",
    ],
)
@pytest.mark.parametrize("form", ["csv", "jsonl", "questions"])
def test_a_picture_is_found_in_the_case_or_the_address_that_a_table_has_for_it(
    folder: Path, written: str, form: str
) -> None:
    (folder / "Sub").mkdir()
    (folder / "a.jpg").rename(folder / "Sub" / "Käse 1.jpg")
    name = written.format(url=folder.as_uri(), host=folder.as_uri().replace("///", "//localhost/"))
    if form == "questions":
        path = folder / "q.jsonl"
        path.write_text(json.dumps({"turns": ["a dog"], "target": name}))
        (question,) = own_benchmark(path, home=folder).tasks[0].questions
        assert list(question.relevant) == ["Sub/Käse 1.jpg"]
        content = hashlib.sha256((folder / "Sub" / "Käse 1.jpg").read_bytes()).hexdigest()
        pool = Pool("c", lambda one: False, {content: "the id"}.get, folder)
        assert questions_of(path, pool, home=folder)[0].target == "the id"
        return
    path = folder / f"t.{form}"
    held = {"file": name, "caption": "a dog on grass"}
    path.write_text(f"file,caption\n{name},a dog on grass\n" if form == "csv" else json.dumps(held))
    assert captions(path) == {"Sub/Käse 1.jpg": ("a dog on grass",)}


def test_of_two_names_that_differ_in_case_none_is_guessed_and_no_address_leads_out(
    folder: Path,
) -> None:
    (folder / "in").mkdir()
    for name in ("A.jpg", "a.jpg"):
        Image.new("RGB", (20, 20)).save(folder / "in" / name)
    path = folder / "in" / "t.csv"
    path.write_text("file,caption\na.JPG,a dog on grass\n")
    with pytest.raises(
        DatasetError, match=r"t\.csv:2: no picture 'a\.JPG' in .*, but '[aA]\.jpg' and "
    ):
        captions(path)
    path.write_text("file,caption\nA.jpg,a dog on grass\n")
    assert list(captions(path)) == ["A.jpg"]
    for out in ("file:///etc/a.jpg", f"{folder.as_uri()}/a.jpg", "%2e%2e/a.jpg", "file:../a.jpg"):
        path.write_text(f"file,caption\n{out},a dog on grass\n")
        with pytest.raises(DatasetError, match=r"t\.csv:2: .* is not in "):
            captions(path)


def heard(path: Path) -> list[str]:
    with remarks() as said:
        captions(path)
    return [one.removeprefix(f"{path}: ") for one in said]


TWO = "ein Hund im Garten"


@pytest.mark.parametrize(
    ("heading", "row", "said", "remark"),
    [
        ("f,label,caption_en,caption_de", f"3|a dog here|{TWO}", 2, "caption_en and caption_de; "),
        ("f,caption,caption_de", f"a dog here|{TWO}", 2, "from caption and caption_de; "),
        ("f,Caption (EN),Caption (pt-BR)", f"a dog here|{TWO}", 2, "Caption (EN) and Caption"),
        ("f,en_caption,de_caption", f"a dog here|{TWO}", 2, "en_caption and de_caption; "),
        ("f,caption1,caption2", f"a dog here|{TWO}", 2, "from caption1 and caption2; "),
        ("f,en,de", f"a dog here|{TWO} und", 1, "from de, not from en; --caption-column chooses"),
        ("f,caption,notiz", f"a dog here|{TWO}", 1, "from caption, not from notiz; "),
        ("f,caption,label", "a dog here|dog", 1, ""),
        ("f,caption,caption_id", "a dog here|17", 1, ""),
        ("f,caption,author", "a brown dog is running on green grass|Al Ma", 1, ""),
    ],
)
@pytest.mark.parametrize("form", ["csv", "jsonl", "json", "parquet"])
def test_which_of_several_columns_are_captions_is_said(
    folder: Path, heading: str, row: str, said: int, remark: str, form: str
) -> None:
    names = heading.split(",")
    rows = [
        [name, *(f"{cell} {name[0]}" if " " in cell else cell for cell in row.split("|"))]
        for name in NAMES
    ]
    path = folder / f"t.{form}"
    held = [dict(zip(names, one, strict=True)) for one in rows]
    if form == "csv":
        path.write_text("".join(f"{';'.join(one)}\n" for one in [names, *rows]))
    elif form == "jsonl":
        path.write_text("".join(f"{json.dumps(one)}\n" for one in held))
    elif form == "json":
        path.write_text(json.dumps(held))
    else:
        parquet.write_table(pyarrow.Table.from_pylist(held), path)
    assert all(len(one) == said for one in captions(path).values())
    found = heard(path)
    assert len(found) == bool(remark) and remark in "".join(found)


def test_what_a_file_of_captions_says_of_no_picture_is_counted(folder: Path) -> None:
    path = folder / "coco.json"
    images = [{"id": at, "file_name": name} for at, name in enumerate(NAMES)]
    rows = [(0, "a dog"), (0, "a brown dog"), (99, "lost"), (98, "lost too")]
    told = [{"id": n, "image_id": of, "caption": text} for n, (of, text) in enumerate(rows)]
    path.write_text(json.dumps({"images": images, "annotations": told}))
    assert heard(path) == [
        "2 of 4 annotations are of no picture that it lists; left out",
        "2 of 3 pictures have no annotation; left out",
    ]
    path = folder / "t.csv"
    path.write_text("file,caption\na.jpg,a dog on grass\nb.jpg,\nc.jpg,  \n")
    assert heard(path) == [f"{path}:3: 'b.jpg' has no caption, nor have 1 others; passed over"]


def test_remarks_stand_in_what_every_command_prints(
    folder: Path, new_home: Callable[[], Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DIALENS_HOME", str(new_home()))
    table, said = folder / "t.csv", "captions are read from caption_en and caption_de"
    rows = "".join(f"{name},a dog {name[0]} here,ein Hund {name[0]}\n" for name in NAMES)
    table.write_text(f"file,caption_en,caption_de\n{rows}")
    (folder / "o.toml").write_text('encoder = "offline"\n')
    run("index", str(folder), "--name", "g")
    system = ("--system", str(folder / "o.toml"), "--out", str(folder / "runs"))
    (folder / "grid.toml").write_text("shortlist = 5\n")
    grid = (
        "grid",
        str(folder / "grid.toml"),
        str(table),
        "-c",
        "g",
        "--out",
        str(folder / "g.jsonl"),
    )
    commands = {
        "run": ("eval", "run", str(table), *system),
        "prepare": ("eval", "prepare", str(table)),
        "grid": grid,
    }
    for name, command in commands.items():
        shown, beside = run(*command)
        assert said in (shown if name == "prepare" else beside)
        held = run_json(*command)
        for one in held if isinstance(held, list) else [held]:
            assert said in one["remarks"][0]
    assert said in run("finetune", "make-dialogues", str(table), str(folder / "d.jsonl"))[1]
    plan = ("finetune", "plan", str(folder / "adapt.toml"))
    (folder / "adapt.toml").write_text(
        f'recipe = "adapt"\ncaptions = "{table}"\nvalidation = 0.5\n'
    )
    assert said in run(*plan)[1] and said in run_json(*plan)["remarks"][0]
    few = ("--set", "training.epochs=1", "--set", "training.device=cpu", "--out", str(folder / "a"))
    shown, beside = run("finetune", "adapt", str(folder / "adapt.toml"), *few, "--json")
    assert said in json.loads(shown)["remarks"][0] and said in beside


def test_dialogues_are_named_by_their_line_and_lists_are_lists(tmp_path: Path) -> None:
    path = tmp_path / "d.jsonl"
    good = '{"img": "a.jpg", "dialog": ["a dog"]}'
    for line, message in (
        ('{"img": "a.jpg", "dialog": ["a dog"', "line 3: no JSON"),
        (
            '{"img": "a.jpg", "dialog": ["a"], "pictures": "b.jpg"}',
            "line 3: pictures must be a list",
        ),
        ('{"img": "a.jpg", "dialog": ["a"], "queries": "dog"}', "line 3: queries must be a list"),
    ):
        path.write_text(f"{good}\n\n{line}\n")
        with pytest.raises(FinetuneError, match=message):
            read_dialogues(path)
