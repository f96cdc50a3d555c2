"""`dialens models`: what is on this machine, and getting more ahead of time."""

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from app.output.json_output import as_document
from app.terminal.command_errors import door

app = typer.Typer(help="List and fetch model weights.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]
Encoder = Annotated[
    str, typer.Argument(metavar="ENCODER", help="Of open_clip or transformers.", show_default=False)
]
To = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="A new folder; else one where collections find it."),
]
Pictures = Annotated[
    Path | None,
    typer.Option(metavar="FOLDER", help="Real pictures to compare with; else collections'."),
]
Names = Annotated[list[str], typer.Argument(metavar="NAME...", help="Profiles or encoders.")]


class Precision(Enum):
    """Of an export's weights."""

    FP32 = "fp32"
    FP16 = "fp16"
    INT8 = "int8"


PrecisionOf = Annotated[Precision, typer.Option("--precision", help="Of the weights.")]


@app.command("list")
@door
def list_(as_json: AsJson = False) -> None:
    """List the weights that lie on this machine, with their size."""
    from app.output.printable import size
    from app.profiles import weights
    from app.terminal.terminal import write_lines

    held = weights.installed_weights()
    if as_json:
        typer.echo(as_document(held))
    elif not held:
        typer.echo("no weights here yet; get some with: dialens models fetch offline", err=True)
    else:
        write_lines(f"{size(one['bytes']):>8}  {one['name']}  {one['path']}" for one in held)


@app.command()
@door
def fetch(names: Names) -> None:
    """Get weights ahead of the first use, and convert them where that makes them faster.

    dialens models fetch offline
    dialens models fetch laptop open_clip:ViT-B-32/laion2b_s34b_b79k
    """
    from app.profiles.fetching import fetch

    for name in names:
        for line in fetch(name):
            typer.echo(f"{name}: {line}")


@app.command()
@door
def export(
    encoder: Encoder,
    precision: PrecisionOf = Precision.FP32,
    to: To = None,
    pictures: Pictures = None,
    as_json: AsJson = False,
) -> None:
    """Write an encoder of torch as ONNX graphs, which run faster on a CPU and need no torch.

    Its vectors are compared with torch's before the folder counts. In fp32 they are the same, and
    collections of that encoder use the export by themselves; fp16 and int8 are encoders of their
    own, opened as onnx:DIR.

    dialens models export transformers:google/siglip2-base-patch16-256 --precision int8
    """
    from app.export.export import export as write
    from app.output.printable import size

    done = write(
        encoder,
        precision=precision.value,
        to=to,
        pictures=pictures,
        told=lambda line: typer.echo(f"{line} ...", err=True),
    )
    if as_json:
        typer.echo(as_document(done))
        return
    cosine = done["cosine"]
    assert isinstance(cosine, dict) and isinstance(done["bytes"], int)
    typer.echo(
        f"{done['folder']}: {size(done['bytes'])}, least cosine with torch "
        f"{cosine['pictures']:.5f} (pictures, {done['real_pictures']} real) and "
        f"{cosine['texts']:.5f} (texts)"
    )
