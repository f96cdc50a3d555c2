"""`dialens finetune`: data becomes an adapter that search, chat and eval load by path."""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from app.commands.options.caption_columns import CaptionColumns, FileColumn, as_settings
from app.output.json_output import as_document
from app.terminal.command_errors import INTERRUPTED, door

app = typer.Typer(help="Train LoRA adapters for your own pictures.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]
ConfigFile = Annotated[
    Path | None, typer.Argument(metavar="[CONFIG]", help="A TOML file.", show_default=False)
]
Changes = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="A setting, over the file's; again for more."),
]
Out = Annotated[
    Path | None, typer.Option(metavar="DIR", help="The run's new folder; else runs/RECIPE-N.")
]
Run = Annotated[Path, typer.Argument(metavar="DIR", help="A run's folder.")]
RECIPES = {
    "dialogue": "Learn to find a picture by a whole dialogue (ChatIR, FROMAGe).",
    "grace": "Learn a collection by heart: a model that writes pictures' identifiers (GRACE).",
    "rerank": "Tune a reranker: BLIP-2's Q-Former, or an MLLM that picks (InternLM-XComposer).",
    "rewriter": "Teach an LLM to turn a conversation into a query.",
    "adapt": "Fit an encoder to your own captions, language or vocabulary.",
    "understand": "Teach the chat to understand phrasings: tag the words of what people say.",
}


def _recipe(name: str, about: str) -> None:
    def command(
        config: ConfigFile = None,
        changes: Changes = None,
        out: Out = None,
        file_column: FileColumn = "",
        caption_column: CaptionColumns = None,
        as_json: AsJson = False,
    ) -> None:
        from app.training.training_progress import new_folder, telling
        from finetune.training.start import begin, settings
        from retrievers.concurrency.signals import stoppable

        named = as_settings(file_column, caption_column)
        recipe, chosen = settings(config, [*(changes or []), *named], name=name)
        with telling() as tell, stoppable() as stop_requested:
            run = begin(
                recipe, chosen, out or new_folder(name), tell=tell, should_stop=stop_requested
            )
        _report_end(run, as_json)

    command.__doc__ = f"""{about}

    dialens finetune {name} config.toml
    dialens finetune {name} config.toml --set training.epochs=20 --set lora.rank=16
    dialens finetune settings {name}

    Ctrl-C is safe: dialens finetune resume DIR goes on. Every setting and its default is listed by
    `settings`; docs/finetune-{name}.md tells what is learnt.
    """
    app.command(name)(door(command))


for _name, _about in RECIPES.items():
    _recipe(_name, _about)


@app.command()
@door
def settings(recipe: str, as_json: AsJson = False) -> None:
    """List a recipe's settings with their defaults, as the TOML file that would hold them.

    dialens finetune settings dialogue > config.toml
    """
    from finetune.training.settings_file import as_toml, defaults
    from finetune.training.start import recipe_of

    kind = recipe_of(recipe).config
    if as_json:
        import json

        typer.echo(json.dumps(defaults(kind), indent=2, default=str))
        return
    typer.echo(f'recipe = "{recipe}"\n{as_toml(defaults(kind))}', nl=False)


@app.command()
@door
def resume(folder: Run, as_json: AsJson = False) -> None:
    """Go on with a training that was stopped or killed.

    dialens finetune resume runs/dialogue-1
    """
    from app.training.training_progress import telling
    from finetune.training.run_folder import RunFolder
    from finetune.training.start import resume as go_on
    from retrievers.concurrency.signals import stoppable

    if RunFolder(folder).facts().get("state") == "finished":
        typer.echo(f"{folder} is finished already; nothing was trained", err=True)
    with telling() as tell, stoppable() as stop_requested:
        run = go_on(folder, tell=tell, should_stop=stop_requested)
    _report_end(run, as_json)


@app.command()
@door
def plan(
    config: Annotated[Path, typer.Argument(metavar="CONFIG", help="A TOML file with `recipe`.")],
    changes: Changes = None,
    file_column: FileColumn = "",
    caption_column: CaptionColumns = None,
    examples: Annotated[int | None, typer.Option(help="How many; else counted.", min=1)] = None,
    tokens: Annotated[
        int | None, typer.Option(help="Of an example; else estimated.", min=1)
    ] = None,
    device: Annotated[str, typer.Option(help="a100, h100, l4, rtx4090; else this machine.")] = "",
    devices: Annotated[int, typer.Option(help="How many.", min=1)] = 1,
    as_json: AsJson = False,
) -> None:
    """Tell what a training would take: weights, memory, steps and hours; nothing is kept of it.

    dialens finetune plan config.toml
    dialens finetune plan config.toml --device a100 --set base=Qwen/Qwen2.5-VL-7B-Instruct

    On this machine a few steps are tried; for another only the base's configuration is read.
    """
    from dataclasses import asdict, replace
    from time import perf_counter

    begin = perf_counter()
    from app.terminal.terminal import say
    from app.training.training_progress import planned
    from eval.benchmarks.remarks import remarks
    from finetune.job import Size
    from finetune.training.plan import plan as make
    from finetune.training.start import settings as read

    named = as_settings(file_column, caption_column)
    recipe, chosen = read(config, [*(changes or []), *named])
    told = {name: one for name, one in (("examples", examples), ("tokens", tokens)) if one}
    with remarks(say) as said:
        counted = recipe.size(chosen) if recipe.size and len(told) < 2 else Size(0, 0, 0, 0)
    if told:  # so it is of other data
        counted = replace(counted, pictures=0, **told)
    loading = perf_counter() - begin
    found = make(recipe, chosen, counted, device=device, devices=devices, loading=loading)
    if as_json:
        typer.echo(
            as_document({**asdict(found), "memory_total": found.memory.total, "remarks": said})
        )
        return
    typer.echo(planned(found))


@app.command()
@door
def merge(
    folder: Run,
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The checkpoint's new folder.")],
) -> None:
    """Make an LLM's or MLLM's adapter part of its base, for programs that know no LoRA.

    dialens finetune merge runs/rewriter-1 models/my-rewriter
    """
    from finetune.sharing.merge import merge as make

    make(folder, out)
    typer.echo(f"a whole checkpoint: {out}", err=True)


@app.command()
@door
def push(
    folder: Run,
    repo: Annotated[str, typer.Argument(metavar="ORG/NAME", help="On the model hub.")],
    public: Annotated[bool, typer.Option(help="For everybody to see.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Send an adapter with its card to the model hub, privately unless told otherwise.

    dialens finetune push runs/rewriter-1 me/my-rewriter
    """
    from finetune.sharing.push import push as send
    from finetune.sharing.push import sent

    files = ", ".join(one.name for one in sent(folder))
    if not yes and not typer.confirm(f"send {files} to {repo}?", err=True):
        raise typer.Exit(1)
    typer.echo(send(folder, repo, private=not public))


@app.command("make-dialogues")
@door
def make_dialogues(
    captions: Annotated[Path, typer.Argument(metavar="CAPTIONS", help="A file or folder.")],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The JSON lines to write.")],
    pictures: Annotated[Path | None, typer.Option(metavar="DIR", help="Of the pictures.")] = None,
    kind: Annotated[
        Literal["user", "chatir"], typer.Option(help="How people search, or questions.")
    ] = "user",
    questioner: Annotated[str, typer.Option(metavar="MODEL", help="An LLM that asks.")] = "",
    answerer: Annotated[str, typer.Option(metavar="MODEL", help="An MLLM that looks.")] = "",
    rounds: Annotated[int, typer.Option(min=1, max=20)] = 5,
    seed: int = 0,
    file_column: FileColumn = "",
    caption_column: CaptionColumns = None,
    force: Annotated[bool, typer.Option("--force", help="Replace OUT if it is there.")] = False,
) -> None:
    """Build dialogues of captions: by templates, or ChatIR fashion with models that ask and answer.

    dialens finetune make-dialogues captions.csv dialogues.jsonl --pictures ~/Pictures
    dialens finetune make-dialogues captions.csv d.jsonl --questioner offline --answerer offline

    With models it goes on where it was stopped.
    """
    from app.training.make_dialogues import make
    from finetune.data.columns import Columns

    made = make(
        captions,
        out,
        pictures=pictures,
        kind=kind,
        models=(questioner, answerer),
        rounds=rounds,
        seed=seed,
        choice=Columns(file=file_column, captions=tuple(caption_column or ())).choice,
        force=force,
    )
    typer.echo(f"{made} dialogues: {out}", err=True)


def _report_end(run: Any, as_json: bool) -> None:
    """Tell how a training ended; one that was stopped ends as others that were."""
    stopped = run.facts()["state"] == "interrupted"
    if as_json:
        typer.echo(as_document({**run.facts(), "adapter": str(run.adapter)}))
    elif not stopped:
        from app.training.training_progress import summary

        typer.echo(summary(run))
    if stopped:
        typer.echo(f"dialens: stopped; dialens finetune resume {run.path} goes on", err=True)
        raise typer.Exit(INTERRUPTED)
