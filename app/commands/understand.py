"""`dialens understand`: what sentences mean, without a collection."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from app.terminal.command_errors import door

Today = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], metavar="DAY", help="What 'yesterday' counts from."),
]
Llm = Annotated[
    str | None,
    typer.Option(
        "--llm",
        metavar="SPEC",
        help="A language model reads: offline, openai:MODEL@URL, or a profile with one.",
    ),
]


@door
def understand(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE", help="Utterances in context, as JSON lines; - reads a pipe."
        ),
    ] = None,
    today: Today = None,
    llm: Llm = None,
    as_json: Annotated[bool, typer.Option("--json", help="A JSON object a line.")] = False,
) -> None:
    """Say what sentences are understood to mean, without searching.

    dialens understand
    dialens understand --llm openai:qwen3@http://localhost:8000/v1
    dialens understand < sentences.txt
    dialens understand utterances.jsonl --today 2025-10-15 --json > read.jsonl

    Without FILE each line is a sentence, and what is asked for is carried on: + is new, - is gone.

    A line of FILE: {"said": "no people", "state": {"wanted": ["the beach"], "unwanted": [],
    "filters": {"after": "2019-01-01"}}, "shown": 10, "first": 1}. With --json a line each comes
    back: the state after it, and what else it does, such as ["ShowMore", 20] or ["Unclear", "..."].
    `dialens eval understanding` grades an interpreter on such lines. See docs/dialogues.md.
    """
    from app.understanding import outcomes

    outcomes.run(file, today=day(today), llm=llm, as_json=as_json)


def day(given: datetime | None) -> date:
    """Return the day that an option names; none: the day it is."""
    return given.date() if given else date.today()
