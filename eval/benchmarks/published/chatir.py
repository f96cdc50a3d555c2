"""Dialogues about a picture: ChatIR's 50,000 pictures, and VisDial's own 2,064.

ChatIR (Levy et al., NeurIPS 2023): 2,064 dialogues of a caption and ten questions with answers; in
round r the system has the first r + 1 strings. Hits@10 is sticky: found once, found for good. BRI
is PlugIR's (Lee et al., ACL 2024).

`visdial-2064` is another task, never to be compared with it: the whole dialogue at once, over the
2,064 pictures alone (FROMAGe, ICML 2023). Trap: FROMAGe's script takes the best texts of each
picture and does not normalise the pictures' vectors, so its published R@1 of 20.8 % is of
"image-to-dialogue", though called the other direction; both are asked here.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from eval.benchmark import Benchmark, Item, Question, Task
from eval.benchmarks.dataset import Dataset, DatasetPart
from eval.benchmarks.published.annotation_files import (
    each,
    read_json,
    taken_from,
    text_of,
    texts_of,
)
from eval.metrics.dialogue import at_round, best_log_rank, sticky_hits
from eval.metrics.recall import mean_rank, recall

ROUNDS = 11
MEASURES = (
    *(sticky_hits(10, after=after) for after in range(ROUNDS - 1, -1, -1)),
    best_log_rank(),
    *(at_round(mean_rank(), number) for number in (0, ROUNDS - 1)),
)
SOURCES = {
    "chatir": ("ChatGPT_BLIP2", "ChatGPT asks, BLIP-2 answers"),
    "chatir-human": ("VisDial_v1.0_queries_val", "people ask and answer (VisDial)"),
    "chatir-human-blip2": ("Human_BLIP2", "people ask, BLIP-2 answers"),
    "chatir-flan": ("FLAN_ALPACA_XXL_BLIP2", "FLAN-ALPACA asks, BLIP-2 answers"),
    "chatir-unanswered": ("Unanswered_ChatGPT_BLIP2", "ChatGPT asks all at once, BLIP-2 answers"),
}
_PAGE = "https://github.com/levymsn/ChatIR"
_COCO = "https://cocodataset.org/#download"
_POOL = "ChatIR_Protocol/Search_Space_val_50k.json"


def load(folder: Path, *, name: str) -> Benchmark:
    """Read ChatIR's dialogues, a question per round.

    Raises:
        DatasetError: a file is missing or not as published.
    """
    source, about = SOURCES[name]
    dialogues = _dialogues(folder, source)
    with taken_from(folder / _POOL, "ChatIR's list of pictures"):
        gallery = tuple(
            each(folder / _POOL, read_json(folder / _POOL), lambda one: Item(one, folder / one))
        )
        pool = {item.id for item in gallery}
        if lost := [picture for picture, _ in dialogues if picture not in pool]:
            raise ValueError(f"the target {lost[0]!r} is not listed")
    rounds = max(len(said) for _, said in dialogues)
    protocol = (
        f"ChatIR, {about}: {len(dialogues):,} dialogues of {rounds} rounds over {len(gallery):,}"
        " pictures"
    )
    questions = [
        _round(f"{at:04}", said[: number + 1], picture)
        for at, (picture, said) in enumerate(dialogues)
        for number in range(len(said))
    ]
    return Benchmark(name, protocol, (Task("rounds", gallery, questions, MEASURES),))


def load_visdial(folder: Path) -> Benchmark:
    """Read VisDial's dialogues, each asked as a whole, in both directions.

    Raises:
        DatasetError: the file is missing or not as published.
    """
    dialogues = _dialogues(folder, SOURCES["chatir-human"][0])
    measures = (recall(1), recall(5), recall(10))
    to_image = Task(
        "dialogue-to-image",
        tuple(Item(picture, path=folder / picture) for picture, _ in dialogues),
        tuple(Question(one, turns=said, relevant={one: 1.0}) for one, said in dialogues),
        measures,
    )
    to_dialogue = Task(
        "image-to-dialogue",
        tuple(Item(picture, text=", ".join(said)) for picture, said in dialogues),
        tuple(Question(one, picture=folder / one, relevant={one: 1.0}) for one, _ in dialogues),
        measures,
    )
    protocol = f"VisDial val: {len(dialogues):,} whole dialogues over their own pictures"
    return Benchmark("visdial-2064", protocol, (to_image, to_dialogue))


def _dialogues(folder: Path, source: str) -> list[tuple[str, tuple[str, ...]]]:
    """Return each dialogue's target and what is said."""
    path = folder / f"dialogues/{source}.json"
    with taken_from(path, "a file of ChatIR's dialogues"):
        return each(
            path, read_json(path), lambda one: (text_of(one, "img"), texts_of(one, "dialog"))
        )


def _round(dialogue: str, said: Sequence[str], picture: str) -> Question:
    number = len(said) - 1
    return Question(
        f"{dialogue}-{number}",
        turns=tuple(said),
        relevant={picture: 1.0},
        dialogue=dialogue,
        round=number,
    )


_PICTURES = DatasetPart("unlabeled2017", "pictures", _COCO)
DATASETS = (
    *(
        Dataset(
            name,
            f"ChatIR: {about}; 50,000 pictures",
            (
                DatasetPart(f"dialogues/{source}.json", "dialogues", _PAGE),
                DatasetPart(_POOL, "list of pictures", _PAGE),
                _PICTURES,
            ),
            partial(load, name=name),
            {"rounds": (22_704, 50_000)} if name in ("chatir", "chatir-human") else {},
        )
        for name, (source, about) in SOURCES.items()
    ),
    Dataset(
        "visdial-2064",
        "VisDial val: whole dialogues over their own 2,064 pictures",
        (DatasetPart("dialogues/VisDial_v1.0_queries_val.json", "dialogues", _PAGE), _PICTURES),
        load_visdial,
        {"dialogue-to-image": (2064, 2064), "image-to-dialogue": (2064, 2064)},
    ),
)
