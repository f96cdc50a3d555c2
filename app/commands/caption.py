"""`dialens caption`: words for pictures that have none."""

from pathlib import Path
from typing import Annotated

import typer

from app.commands.options.collection_names import Named, Word, either
from app.terminal.command_errors import INTERRUPTED, door

Captioner = Annotated[
    str | None,
    typer.Option("--mllm", metavar="SPEC", help="Who writes captions; see docs/mllm.md."),
]
Stage = Annotated[
    Path | None, typer.Option("--stages", metavar="FILE", help="Or the TOML file that names it.")
]
NoText = Annotated[bool, typer.Option("--no-text", help="Do not read what is written in pictures.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document at the end.")]


@door
def caption(
    word: Word = None,
    collection: Named = None,
    mllm: Captioner = None,
    stages: Stage = None,
    no_text: NoText = False,
    as_json: AsJson = False,
) -> None:
    """Read the text in pictures, and have captions written, for search to find.

    dialens caption Pictures
    dialens caption Pictures --mllm openai:qwen3-vl@http://localhost:8000/v1
    dialens caption Pictures --stages my-system.toml --no-text

    Run it again after an index: only pictures without the words of this captioner and prompt are
    looked at. Ctrl-C is safe; the next run goes on.
    """
    from app.library import captioning

    finished = captioning.run(
        either(word, collection), mllm=mllm, stages=stages, text=not no_text, as_json=as_json
    )
    if not finished:
        raise typer.Exit(INTERRUPTED)
