"""`dialens feedback`: the search learns from what you called right or wrong."""

from typing import Annotated

import typer

from app.commands.options.collection_names import Named
from app.output.json_output import as_document
from app.terminal.command_errors import door

app = typer.Typer(help="Learn from likes and dislikes.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]


@app.command()
@door
def status(collection: Named = None, as_json: AsJson = False) -> None:
    """Tell how much feedback the conversations hold, and whether a search uses it."""
    from app.training import learn_from_feedback

    found = learn_from_feedback.status(collection)
    if as_json:
        typer.echo(as_document(found))
        return
    typer.echo(f"{found['judged']} judged queries; {found['needed']} are needed")
    typer.echo(f"searched with {found['adapter'] or 'no adapter'}")


@app.command()
@door
def train(collection: Named = None, as_json: AsJson = False) -> None:
    """Learn from all likes and dislikes; used only if it proves better on held-out ones.

    dialens feedback train
    dialens feedback rollback

    Takes seconds. Each query's verdicts are left out once and predicted by the others'. If they
    come out better than without, every later search and chat about the collection uses it.
    """
    from app.training import learn_from_feedback

    found = learn_from_feedback.train(collection)
    if as_json:
        from dataclasses import asdict

        adapter = str(found.adapter) if found.adapter else None
        typer.echo(as_document({**asdict(found.verdict), "adapter": adapter}))
    else:
        typer.echo(str(found.verdict))
    if not found.verdict.accepted:
        raise typer.Exit(1)


@app.command()
@door
def rollback(collection: Named = None) -> None:
    """Give up what was learnt last, at once.

    dialens feedback rollback -c Pictures
    """
    from app.training import learn_from_feedback

    before = learn_from_feedback.back(collection)
    typer.echo(f"searched with {before or 'no adapter'} again", err=True)
