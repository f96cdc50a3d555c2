"""`dialens chat`: the conversation."""

from typing import Annotated

import typer

from app.commands.options.collection_names import Named, Word, either
from app.commands.options.stage_options import Adapter, Budget, File, Llm, Reranker, Rewriter
from app.commands.search import Thumbnails, Thumbs
from app.terminal.command_errors import door

SessionName = Annotated[
    str | None,
    typer.Option("--session", metavar="NAME", help="Go on with it, or begin one of that name."),
]
ProfileName = Annotated[
    str | None, typer.Option("--profile", metavar="NAME", help="Whose device and stages.")
]
Page = Annotated[int, typer.Option("-k", metavar="N", min=1, max=99, help="Pictures per answer.")]

Ask = Annotated[
    str | None, typer.Option(metavar="HOW", help="Be asked back: pictures, or plugir with --llm.")
]
Understand = Annotated[
    str | None,
    typer.Option(metavar="HOW", help="llm: a language model reads what you say, with --llm."),
]
Confirm = Annotated[bool, typer.Option(help="Correct what was understood before each search.")]
Agent = Annotated[bool, typer.Option("--agent", help="A language model leads; it needs --llm.")]


@door
def chat(
    word: Word = None,
    collection: Named = None,
    session: SessionName = None,
    profile: ProfileName = None,
    k: Page = 9,
    thumbnails: Thumbs = Thumbnails.AUTO,
    stages: File = None,
    rewriter: Rewriter = None,
    reranker: Reranker = None,
    budget: Budget = None,
    agent: Agent = False,
    llm: Llm = None,
    ask: Ask = None,
    understand: Understand = None,
    confirm: Confirm = False,
    adapter: Adapter = None,
) -> None:
    """Find pictures by talking.

    dialens chat
    dialens chat Pictures --session holiday
    dialens chat < questions.txt
    dialens chat --ask pictures --confirm
    dialens chat --reranker yesno --budget 3
    dialens chat --stages my-system.toml
    dialens chat --adapter runs/dialogue-1
    dialens chat --understand llm --llm openai:qwen3@http://localhost:8000/v1
    dialens chat --agent --llm openai:qwen3@http://localhost:8000/v1

    Ctrl-D leaves. Every turn is kept as it is said; --session goes on where you left.
    """
    from app.chat import open_chat
    from app.library.profile_stages import behind as of_profile
    from app.library.stages_chosen import chosen

    open_chat.chat(
        either(word, collection),
        session=session,
        profile=profile,
        page=k,
        thumbnails=thumbnails.value,
        stages=chosen(
            stages,
            rewriter=rewriter,
            reranker=reranker,
            budget=budget,
            llm=llm,
            ask=ask,
            understand=understand,
            adapter=adapter,
            base=None if stages else of_profile(profile, either(word, collection)),
        ),
        agent=agent,
        confirm=confirm,
    )
