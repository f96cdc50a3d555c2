"""`dialens chat`: the conversation."""

from pathlib import Path
from typing import Annotated

import typer

from app.commands.search import Thumbnails, Thumbs
from app.door import door

Name = Annotated[str | None, typer.Argument(metavar="COLLECTION", help="Which collection.")]
SessionName = Annotated[
    str | None,
    typer.Option("--session", metavar="NAME", help="Go on with it, or begin one of that name."),
]
ProfileName = Annotated[
    str | None, typer.Option("--profile", metavar="NAME", help="Whose device to run on.")
]
Page = Annotated[int, typer.Option("-k", metavar="N", min=1, max=99, help="Pictures per answer.")]
Stage = Annotated[
    Path | None, typer.Option("--stages", metavar="FILE", help="A TOML file with the stages.")
]
Rewriter = Annotated[
    str | None, typer.Option(metavar="NAME", help="cirevl, eiirwqr or plugir; see docs/stages.md.")
]
Reranker = Annotated[
    str | None, typer.Option(metavar="NAME", help="blip2, yesno, pick, listwise, pairwise, ...")
]
Budget = Annotated[
    float | None, typer.Option(metavar="SECONDS", min=0, help="Begin nothing new after this.")
]

Agent = Annotated[bool, typer.Option("--agent", help="A language model leads; it needs --llm.")]
Llm = Annotated[
    str | None, typer.Option(metavar="SPEC", help="What rewrites or leads: openai:MODEL@URL.")
]


@door
def chat(
    collection: Name = None,
    session: SessionName = None,
    profile: ProfileName = None,
    k: Page = 9,
    thumbnails: Thumbs = Thumbnails.AUTO,
    stages: Stage = None,
    rewriter: Rewriter = None,
    reranker: Reranker = None,
    budget: Budget = None,
    agent: Agent = False,
    llm: Llm = None,
) -> None:
    """Find pictures by talking.

    dialens chat
    dialens chat Pictures --session holiday
    dialens chat < questions.txt
    dialens chat --reranker yesno --budget 3
    dialens chat --stages my-system.toml
    dialens chat --agent --llm openai:qwen3@http://localhost:8000/v1

    Ctrl-D leaves. Every turn is kept as it is said; --session goes on where you left.
    """
    from app import chatting
    from app.staging import chosen

    chatting.chat(
        collection,
        session=session,
        profile=profile,
        page=k,
        thumbnails=thumbnails.value,
        stages=chosen(stages, rewriter=rewriter, reranker=reranker, budget=budget, llm=llm),
        agent=agent,
    )
