"""`dialens eval`: numbers for any system, on published benchmarks or your own pictures."""

from pathlib import Path
from typing import Annotated

import typer

from app.commands.options.caption_columns import CaptionColumns, FileColumn, Split
from app.output.json_output import as_document
from app.terminal.command_errors import door

app = typer.Typer(help="Measure, compare and report.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]
Name = Annotated[str, typer.Argument(metavar="BENCHMARK", help="See: dialens eval list.")]
Data = Annotated[
    Path | None,
    typer.Option(
        "--data", "--from", metavar="DIR", help="Your copy of the dataset.", dir_okay=True
    ),
]
Systems = Annotated[
    list[Path],
    typer.Option(
        "--system", metavar="FILE", help="A TOML file, or FILE.py:CLASS; again for another."
    ),
]
Out = Annotated[Path, typer.Option(metavar="DIR", help="Where runs are kept.")]
Tasks = Annotated[
    list[str] | None, typer.Option("--task", metavar="NAME", help="Only this task; again for more.")
]
Limit = Annotated[
    int | None, typer.Option(metavar="N", min=1, help="Only the first N questions of a task.")
]


@app.command()
@door
def my(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Your pictures.")],
    systems: Annotated[
        list[Path] | None, typer.Option("--system", metavar="FILE", help="Also compare this one.")
    ] = None,
    labels: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Captions: CSV, JSON lines, parquet, ...")
    ] = None,
    propose: Annotated[
        str | None, typer.Option(metavar="MLLM", help="A model proposes, you confirm.")
    ] = None,
    count: Annotated[int, typer.Option(metavar="N", min=5, help="Pictures to label.")] = 30,
    pool: Annotated[int, typer.Option(metavar="N", min=5, help="Pictures to search.")] = 1000,
    file_column: FileColumn = "",
    caption_column: CaptionColumns = None,
    as_json: AsJson = False,
) -> None:
    """Tell which models find your own pictures best.

    dialens eval my ~/Pictures
    dialens eval my ~/Pictures --propose openai:qwen3-vl@http://localhost:8000/v1
    dialens eval my ~/Pictures --labels captions.csv --system mine.toml

    Asks with the captions that are there; otherwise you type some, once. See docs/own-pictures.md.
    """
    from app.evaluation import own_score
    from app.evaluation.own_test import OwnTestOptions
    from eval.benchmarks.own.caption_columns import ColumnChoice

    chosen = ColumnChoice(file_column, tuple(caption_column or ()))
    wishes = OwnTestOptions(labels=labels, columns=chosen, propose=propose, count=count, pool=pool)
    own_score.run(folder, wishes, systems=systems or [], as_json=as_json)


@app.command("list")
@door
def list_(as_json: AsJson = False) -> None:
    """List the benchmarks that can be named."""
    from app.terminal.terminal import write_lines
    from eval.benchmarks.labelled.labelled_sets import SETS
    from eval.benchmarks.published.catalogue import every

    known = {one.name: one.about for one in every().values()}
    known |= {one.name: one.about for one in SETS}
    if as_json:
        plain = [{"name": name, "about": about} for name, about in known.items()]
        typer.echo(as_document(plain))
        return
    write_lines(f"{name:24} {about}" for name, about in known.items())


@app.command()
@door
def prepare(
    name: Name,
    data: Data = None,
    file_column: FileColumn = "",
    caption_column: CaptionColumns = None,
    split: Split = "",
    as_json: AsJson = False,
) -> None:
    """Check your copy of a dataset, or a file of your own: what is missing, where it can be had.

    dialens eval prepare flickr30k --from ~/data/flickr30k
    dialens eval prepare captions.csv --data ~/Pictures
    """
    from app.evaluation import run_benchmark
    from eval.benchmarks.own.caption_columns import ColumnChoice
    from eval.benchmarks.remarks import remarks

    chosen = ColumnChoice(file_column, tuple(caption_column or ()), split=split)
    with remarks() as said:
        wrong = run_benchmark.prepare(name, data, chosen)
    if as_json:
        typer.echo(as_document({"benchmark": name, "problems": wrong, "remarks": said}))
    else:
        typer.echo("\n".join([*said, *wrong] if wrong else [*said, f"{name} is complete"]))
    if wrong:
        raise typer.Exit(1)


@app.command()
@door
def run(
    name: Name,
    system: Systems,
    data: Data = None,
    out: Out = Path("runs"),
    task: Tasks = None,
    limit: Limit = None,
    file_column: FileColumn = "",
    caption_column: CaptionColumns = None,
    split: Split = "",
    as_json: AsJson = False,
) -> None:
    """Let systems answer a benchmark, and print their figures.

    dialens eval run stamps-eval --system offline.toml
    dialens eval run flickr30k --data ~/data/flickr30k --system a.toml --system b.toml

    dialens eval run stamps-eval --system my_system.py:MySystem

    A system is a TOML file: encoder = "offline", and the stages behind it as in docs/stages.md; or
    a class of your own, see docs/howto-evaluate.md.
    Ctrl-C is safe; the next run goes on. A run that is there already is not made again.
    """
    from app.evaluation import run_benchmark
    from eval.benchmarks.own.caption_columns import ColumnChoice

    run_benchmark.run(
        name,
        system,
        data=data,
        out=out,
        tasks=task or [],
        limit=limit,
        as_json=as_json,
        choice=ColumnChoice(file_column, tuple(caption_column or ()), split=split),
    )


Runs = Annotated[list[Path], typer.Argument(metavar="RUN...", help="Runs, or folders of runs.")]
Form = Annotated[
    str, typer.Option("--format", metavar="FORM", help="terminal, markdown, latex, csv or json.")
]
Measures = Annotated[
    list[str] | None, typer.Option("--measure", metavar="NAME", help="R@10, MedR, mAP@5, BRI, ...")
]
WithPublished = Annotated[bool, typer.Option("--published", help="With the figures of papers.")]


@app.command()
@door
def table(
    runs: Runs,
    form: Form = "terminal",
    measures: Measures = None,
    with_published: WithPublished = False,
    intervals: Annotated[
        bool, typer.Option("--intervals", help="With 95 % bootstrap intervals.")
    ] = False,
) -> None:
    """Print the figures of saved runs, by other measures if you like.

    dialens eval table runs --published --intervals
    dialens eval table runs/flickr30k --format latex --measure R@1 --measure nDCG@10

    Needs the runs only, not the data. Published figures are marked as such; protocols differ.
    """
    from app.evaluation import compare_runs

    compare_runs.table(
        runs,
        form=form,
        measures=measures or [],
        with_published=with_published,
        intervals=intervals,
    )


@app.command()
@door
def report(
    runs: Runs,
    html: Annotated[Path, typer.Option(metavar="FILE", help="The page.")] = Path("report.html"),
    browse: Annotated[bool, typer.Option("--open", help="Open it.")] = False,
) -> None:
    """Write one page about saved runs: tables, plots, and what failed, with pictures.

    dialens eval report runs/stamps-eval --html report.html --open
    """
    from app.pages import report as reporting

    reporting.report(runs, html, browse=browse)


@app.command()
@door
def compare(
    first: Annotated[Path, typer.Argument(metavar="RUN", help="The baseline.")],
    second: Annotated[Path, typer.Argument(metavar="RUN", help="What is held against it.")],
    measure: Annotated[str, typer.Option(metavar="NAME", help="R@1, MRR, mAP@5, ...")] = "R@1",
    browse: Annotated[
        int, typer.Option(metavar="N", min=0, help="Show the N largest wins and losses.")
    ] = 0,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write them as a page with pictures.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Tell whether a run is better than another, or merely luckier.

    dialens eval compare runs/stamps-eval/text-to-image/a-* runs/stamps-eval/text-to-image/b-*

    Paired over the questions: a bootstrap interval of the difference and a randomisation test.
    """
    from app.evaluation import compare_runs

    compare_runs.compare(first, second, name=measure, browse=browse, html=html, as_json=as_json)


@app.command()
@door
def submit(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run's folder.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The file to upload.")],
) -> None:
    """Write the file that the server of CIRCO or CIRR wants of a run.

    dialens eval submit runs/circo-test/composed/offline-1a2b3c --out circo.json
    """
    from app.evaluation import run_benchmark

    run_benchmark.submit(run, out)
