"""The options that name what stands behind the first stage; see docs/stages.md."""

from pathlib import Path
from typing import Annotated

import typer

File = Annotated[
    Path | None, typer.Option("--stages", metavar="FILE", help="A TOML file with the stages.")
]
Rewriter = Annotated[
    str | None, typer.Option(metavar="NAME", help="cirevl, eiirwqr, plugir; see docs/stages.md.")
]
Reranker = Annotated[
    str | None, typer.Option(metavar="NAME", help="blip2, yesno, pick, listwise, pairwise, ...")
]
Budget = Annotated[
    float | None, typer.Option(metavar="SECONDS", min=0, help="Begin nothing new after this.")
]
Adapter = Annotated[
    Path | None, typer.Option(metavar="DIR", help="What `dialens finetune` wrote; goes in place.")
]
Llm = Annotated[
    str | None, typer.Option(metavar="SPEC", help="What rewrites: offline, openai:MODEL@URL, ...")
]
