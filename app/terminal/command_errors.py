"""How every command ends: errors in one line, Ctrl-C and closed pipes without a traceback."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from inspect import cleandoc
from pathlib import Path
from typing import ParamSpec, TypeVar

import typer

from app.output.printable import printable

P = ParamSpec("P")
R = TypeVar("R")

PLAIN_ERRORS = {  # said in one line; anything else is a bug and shows where it happened
    *("CollectionError", "CollectionBusy", "EncoderError", "UnreadablePicture", "SessionError"),
    "PlacesError",
    *(
        "ProfileError",
        "PromptError",
        "CheckpointError",
        "MllmError",
        "ReplyError",
        "ValueError",
        "OSError",
    ),
}
TRAINING = {"torch", "transformers", "accelerate", "peft", "safetensors"}
"""Packages of the extras that fine-tuning and learning from feedback need."""

INTERRUPTED = 130
PIPE_CLOSED = 141


def door(command: Callable[P, R]) -> Callable[P, R]:
    """Wrap a command so that it ends as a person and a script expect."""

    @wraps(command)
    def wrapped(*args: P.args, **options: P.kwargs) -> R:
        with civil():
            return command(*args, **options)

    wrapped.__doc__ = as_typed(cleandoc(command.__doc__ or ""))
    return wrapped


def as_typed(text: str) -> str:
    """Mark the paragraphs that hold commands, so that help keeps their line breaks."""
    paragraphs = text.split("\n\n")
    return "\n\n".join("\b\n" + p if p.startswith("dialens ") else p for p in paragraphs)


@contextmanager
def civil() -> Iterator[None]:
    """Turn errors into one line on stderr and the exit code 1; set DIALENS_DEBUG to see more.

    Only a TOML file in which several keys are wrong gets a line for each.
    """
    try:
        yield
        sys.stdout.flush()
    except KeyboardInterrupt:
        typer.echo("\ndialens: stopped", err=True)
        raise typer.Exit(INTERRUPTED) from None
    except BrokenPipeError:
        _drop_what_cannot_be_said()
        raise typer.Exit(PIPE_CLOSED) from None
    except ModuleNotFoundError as error:
        if error.name not in TRAINING or os.environ.get("DIALENS_DEBUG"):
            raise
        wanted = "pip install 'dialens[models,finetune]'"
        typer.echo(f"dialens: this needs {error.name}, which is not installed; {wanted}", err=True)
        raise typer.Exit(1) from None
    except Exception as error:
        if os.environ.get("DIALENS_DEBUG") or not is_plain(error):
            raise
        for line in _lines(error):
            typer.echo(f"dialens: {line}", err=True)
        raise typer.Exit(1) from None


def _drop_what_cannot_be_said() -> None:
    """Lead a stream that nobody reads to nowhere, so that the interpreter's end is silent."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _lines(error: BaseException) -> list[str]:
    """Return the line of an error; of one that a reader of TOML caused, a line for each key."""
    causes = {kind.__name__ for kind in type(error.__cause__).__mro__}
    lines = str(error).splitlines() if "TomlError" in causes else []
    return lines if len(lines) > 1 else [one_line(error)]


def one_line(error: BaseException) -> str:
    """Return the message without line breaks, or the error's kind if it says nothing."""
    if file := _in_the_way(error):
        return f"{printable(str(file))} is a file, and a folder must be there; move it away"
    if isinstance(error, OSError) and error.strerror and type(error).__str__ is OSError.__str__:
        named = [printable(os.fsdecode(one)) for one in _files(error)]
        return ": ".join([" and ".join(named), error.strerror] if named else [error.strerror])
    return " ".join(str(error).split()) or type(error).__name__


def _files(error: OSError) -> Iterator[str | bytes]:
    """Yield the files that an error of the system speaks of, which may be numbers."""
    for one in (error.filename, error.filename2):
        if isinstance(one, str | bytes | os.PathLike):
            yield os.fspath(one)


def _in_the_way(error: BaseException) -> Path | None:
    """Return the file that stands where a folder was to be made or listed."""
    if not isinstance(error, NotADirectoryError | FileExistsError) or not error.filename:
        return None
    path = Path(os.fsdecode(error.filename))
    return next((one for one in (path, *path.parents) if one.is_file()), None)


def is_plain(error: BaseException) -> bool:
    """Whether the error's line says all that a person needs; else it is a bug."""
    return any(kind.__name__ in PLAIN_ERRORS for kind in type(error).__mro__)
