"""Any system of `eval.runs` - an encoder with rewriter, reranker and words - as a model of mteb.

    system = MtebSystem(read_system(Path("a.toml")), files=Path("pictures"))
    mteb.evaluate(system, tasks, cache=None)

The methods are those of mteb 2's `SearchProtocol`, which says what the arguments mean.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import datasets
from mteb.models.model_meta import ModelMeta
from mteb.types import PromptType

from eval.benchmark import Item, Question, Task
from eval.peers.mteb_encoder import described
from eval.peers.picture_files import PictureFiles
from eval.systems.system import System


class MtebSystem:
    """Index mteb's corpus as a gallery, and put its queries as questions.

    Args:
        system: answers.
        files: a folder for pictures that mteb holds in memory; those with a file stay there.
        revision: what mteb files results under beside the system's name; change it with the system.

    Attributes:
        lost: the stages that failed, by the question that they failed for.
    """

    def __init__(self, system: System, *, files: Path, revision: str = "1") -> None:
        self.system, self.revision = system, revision
        self.files = PictureFiles(files)
        self.gallery: tuple[Item, ...] = ()
        self.lost: dict[str, tuple[str, ...]] = {}

    @property
    def mteb_model_meta(self) -> ModelMeta:
        return described(self.system.name, revision=self.revision)

    def index(self, corpus: datasets.Dataset, *, task_metadata: Any, **_: Any) -> None:
        """Take in pictures or texts.

        Raises:
            ValueError: an item is both, which our galleries cannot hold.
        """
        kinds = task_metadata.get_modalities(PromptType.document)
        if sorted(kinds) not in (["image"], ["text"]):
            raise ValueError(
                f"{task_metadata.name} must rank pictures or texts; its documents are {kinds}"
            )
        if kinds == ["image"]:
            paths = self._paths(corpus)
            self.gallery = tuple(map(Item, corpus["id"], paths))
        else:
            self.gallery = tuple(Item(row["id"], text=_text(row)) for row in corpus)

    def search(
        self,
        queries: datasets.Dataset,
        *,
        task_metadata: Any,
        top_k: int,
        top_ranked: Mapping[str, Sequence[str]] | None = None,
        **_: Any,
    ) -> dict[str, dict[str, float]]:
        """Return the scores of the best documents for each query."""
        kinds = task_metadata.get_modalities(PromptType.query)
        questions = self._questions(queries, kinds, top_ranked)
        task = Task(task_metadata.name, self.gallery, questions, (), depth=top_k)
        with self.system.open(task) as opened:
            found = dict(zip((one.id for one in questions), opened.answers(questions), strict=True))
        self.lost = {name: answer.lost for name, answer in found.items() if answer.lost}
        return {
            name: dict(zip(answer.ranking.ids, answer.ranking.scores, strict=True))
            for name, answer in found.items()
        }

    def _questions(
        self,
        queries: datasets.Dataset,
        kinds: Sequence[str],
        top_ranked: Mapping[str, Sequence[str]] | None,
    ) -> tuple[Question, ...]:
        ids = list(queries["id"])
        turns = map(_turns, queries) if "text" in kinds else [()] * len(ids)
        paths = self._paths(queries) if "image" in kinds else [None] * len(ids)
        pools = [None if top_ranked is None else frozenset(top_ranked.get(one, ())) for one in ids]
        return tuple(
            Question(name, said, shown, pool=pool)
            for name, said, shown, pool in zip(ids, turns, paths, pools, strict=True)
        )

    def _paths(self, rows: datasets.Dataset) -> list[Path]:
        """Return the files of a column of pictures; mteb need not decode them."""
        undecoded = rows.cast_column("image", datasets.Image(decode=False))["image"]
        return [
            self.files.path(one["path"] if one["bytes"] is None else one["bytes"])
            for one in undecoded
        ]


def _text(row: Mapping[str, Any]) -> str:
    """Join a document's title and text as mteb does."""
    return f"{row.get('title') or ''} {row['text']}".strip()


def _turns(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what the user says, oldest first; an instruction goes behind the last."""
    said = row["text"]
    *before, last = [said] if isinstance(said, str) else [_content(turn) for turn in said]
    return (*before, f"{last} {row.get('instruction') or ''}".strip())


def _content(turn: str | Mapping[str, str]) -> str:
    return turn if isinstance(turn, str) else turn["content"]
