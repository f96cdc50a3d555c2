"""A dialogue about a picture, and the files that hold some: ChatIR's, VisDial's, our own.

dialogues.jsonl   {"img": "a.jpg", "dialog": ["a red car", "is it new? no"], "caption": ...} a line
ChatIR's          a JSON list of the same objects, without captions (arXiv:2305.20062)
VisDial v1.0      data.dialogs with places in data.questions and data.answers (arXiv:1611.08669)
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from finetune.error import FinetuneError
from retrievers.text.encodings import UnreadableText, read_text
from retrievers.text.json_text import json_of
from retrievers.text.lettering import whole

VISDIAL = "VisualDialog_{split}_{id:012}.jpg"
COCO = "COCO_{split}_{id:012}.jpg"  # the pictures of VisDial's training split


@dataclass(frozen=True, slots=True)
class Dialogue:
    """What was said about one picture.

    Attributes:
        picture: the file of the target.
        turns: the caption or opening, then a round each: "question? answer", or what a person says.
        caption: what the target is; the first turn, where a file does not tell.
        pictures: files that are shown in the dialogue.
        queries: what one should search with after each turn, where that is known.
    """

    picture: Path
    turns: tuple[str, ...]
    caption: str
    pictures: tuple[Path, ...] = ()
    queries: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("turns", "caption", "queries"):
            object.__setattr__(self, name, whole(getattr(self, name)))


def read_dialogues(path: Path, pictures: Path | None = None) -> list[Dialogue]:
    """Read the dialogues of a file.

    Args:
        path: the file.
        pictures: the folder that pictures are named below; none: the file's own.

    Raises:
        FinetuneError: the file, or one of its entries, is not of a form above.
    """
    folder = pictures or path.parent
    try:
        text = read_text(path)
        found = [
            _dialogue(entry, folder, f"{path}, {where}") for where, entry in _entries(path, text)
        ]
    except UnreadableText as error:
        raise FinetuneError(str(error)) from error
    except OSError as error:
        raise FinetuneError(f"{path} cannot be read: {error}") from error
    if not found:
        raise FinetuneError(f"{path} holds no dialogue")
    return found


def write_dialogues(path: Path, dialogues: Iterable[Dialogue]) -> None:
    """Write JSON lines that `read_dialogues` reads; pictures are named by their absolute path."""
    with path.open("w", encoding="utf-8") as file:
        for one in dialogues:
            file.write(as_line(one) + "\n")


def as_line(dialogue: Dialogue) -> str:
    """Return a dialogue as one line of JSON."""
    whole = {
        "img": str(dialogue.picture.absolute()),
        "dialog": list(dialogue.turns),
        "caption": dialogue.caption,
        "pictures": [str(one.absolute()) for one in dialogue.pictures],
        "queries": list(dialogue.queries),
    }
    return json.dumps(whole, ensure_ascii=False)


def _entries(path: Path, text: str) -> Iterator[tuple[str, Any]]:
    if path.suffix in (".jsonl", ".ndjson"):
        for number, line in enumerate(StringIO(text), start=1):
            if line.strip():
                try:
                    yield f"line {number}", json_of(line)
                except ValueError as error:
                    raise FinetuneError(f"{path}, line {number}: no JSON: {error}") from error
        return
    try:
        whole = json_of(text)
    except ValueError as error:
        raise FinetuneError(f"{path} cannot be read as JSON: {error}") from error
    entries = (
        _visdial(whole["data"], path) if isinstance(whole, dict) and "data" in whole else whole
    )
    if not isinstance(entries, list):
        raise FinetuneError(f"{path} is neither a list of dialogues nor VisDial's file")
    for number, entry in enumerate(entries, start=1):
        yield f"entry {number}", entry


def _visdial(data: Any, path: Path) -> list[dict[str, Any]]:
    try:
        split = {"train": "train2014", "val": "val2018", "test": "test2018"}
        name = next((said for word, said in split.items() if word in path.stem), "val2018")
        form = COCO if name == "train2014" else VISDIAL
        return [
            {
                "img": form.format(split=name, id=int(one["image_id"])),
                "dialog": [
                    one["caption"],
                    *(
                        f"{data['questions'][turn['question']]}? {data['answers'][turn['answer']]}"
                        for turn in one["dialog"]
                        if "answer" in turn
                    ),
                ],
            }
            for one in data["dialogs"]
        ]
    except (LookupError, TypeError, ValueError) as error:
        raise FinetuneError(f"{path} is not VisDial as published: {error!r}") from error


def _dialogue(entry: Any, folder: Path, where: str) -> Dialogue:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("img"), str):
        raise FinetuneError(
            f'{where}: a dialogue is {{"img": ..., "dialog": [...]}}; got {entry!r}'
        )
    turns = entry.get("dialog")
    if not isinstance(turns, list) or not turns or not all(isinstance(one, str) for one in turns):
        raise FinetuneError(f"{where}: dialog must be a list of one text or more; got {turns!r}")
    for name in ("pictures", "queries"):
        held = entry.get(name, [])
        if not isinstance(held, list) or not all(isinstance(one, str) for one in held):
            raise FinetuneError(f"{where}: {name} must be a list of texts; got {held!r:.120}")
    return Dialogue(
        folder / entry["img"],
        tuple(turns),
        str(entry.get("caption") or turns[0]),
        tuple(folder / one for one in entry.get("pictures", ())),
        tuple(map(str, entry.get("queries", ()))),
    )
