"""`dialens eval understanding`: how often an interpreter reads utterances right."""

from pathlib import Path
from typing import Annotated

import typer

from app.commands.understand import Llm, Today, day
from app.terminal.command_errors import door


@door
def understanding(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help="Utterances with right readings, as JSON lines."),
    ],
    today: Today = None,
    llm: Llm = None,
    sample: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Only N of them, drawn with seed 0.")
    ] = None,
    browse: Annotated[
        bool, typer.Option("--show", help="Show what was not right, and why.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Tell how often sentences are read right, partly right and wrong.

    dialens eval understanding utterances.jsonl --today 2025-10-15
    dialens eval understanding utterances.jsonl --today 2025-10-15 --llm offline --sample 40

    Wrong means harmful: a refused thing is searched for, an earlier wish forgotten, a condition
    that nobody asked for. With --llm both interpreters read, paired. Intervals are 95 % bootstraps.

    A line: {"said": "no people", "category": "negate", "state": {"wanted": ["the beach"],
    "unwanted": [], "filters": {}}, "shown": 10, "first": 1, "ok": [{"unwanted": ["people"]}],
    "soft": []}; `ok` readings are right, `soft` ones tolerated; each names only what changes.
    """
    from app.understanding import interpreter_benchmark

    interpreter_benchmark.run(
        files, today=day(today), llm=llm, sample=sample, browse=browse, as_json=as_json
    )
