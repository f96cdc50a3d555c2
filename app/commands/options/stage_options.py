"""The options that name what stands behind the first stage; see docs/stages.md."""

from pathlib import Path
from typing import Annotated

import typer

from agent.stages.stage_table import stages_of

File = Annotated[
    Path | None, typer.Option("--stages", metavar="FILE", help="A TOML file with the stages.")
]
Rewriter = Annotated[
    str | None,
    typer.Option(metavar="NAME", help=f"{', '.join(stages_of('rewriter'))}; see docs/stages.md."),
]
Reranker = Annotated[
    str | None, typer.Option(metavar="NAME", help=f"{', '.join(stages_of('reranker'))}.")
]
Budget = Annotated[
    float | None, typer.Option(metavar="SECONDS", min=0, help="Begin nothing new after this.")
]
Adapter = Annotated[
    Path | None, typer.Option(metavar="DIR", help="What `dialens finetune` wrote; goes in place.")
]
Llm = Annotated[
    str | None, typer.Option(metavar="SPEC", help="What writes: offline, openai:MODEL@URL, ...")
]
