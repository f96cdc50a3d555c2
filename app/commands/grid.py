"""`dialens grid`: compare stages."""

from pathlib import Path
from typing import Annotated

import typer

from app.commands.options.collection_names import Named
from app.terminal.command_errors import door

Stages = Annotated[
    Path, typer.Argument(help="A TOML file of stages in which fields may hold lists.")
]
Questions = Annotated[
    Path, typer.Argument(help='Lines such as {"turns": ["a dog"], "target": ID}, or captions.')
]
Out = Annotated[
    Path, typer.Option("--out", metavar="FILE", help="The answers; a stopped run goes on.")
]
Data = Annotated[
    Path | None, typer.Option("--data", metavar="DIR", help="Of pictures named by their files.")
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]


@door
def grid(
    stages: Stages,
    questions: Questions,
    collection: Named = None,
    data: Data = None,
    out: Out = Path("grid.jsonl"),
    as_json: AsJson = False,
) -> None:
    """Compare rewriters, rerankers, prompts and models on the same questions.

    dialens grid grid.toml questions.jsonl -c Pictures

    Lists in the TOML file are combined: rewriter = ["", "plugir"] and reranker = ["", "yesno"] are
    four systems. Ctrl-C is safe; the next run goes on. Ids stand in the output of search --json;
    a picture may also be named by its file, and any file of captions will do.
    A line may also hold "picture": ID, a picture that is pointed at; cirevl needs one.
    """
    from app.evaluation import run_grid as comparing

    comparing.grid(stages, questions, collection=collection, data=data, out=out, as_json=as_json)
