"""`dialens understand`: what utterances come to, from a file, from a pipe, or as they are typed."""

import json
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import typer

from agent.understanding.edits import differences
from app.output.json_output import as_document
from app.output.printable import printable
from app.terminal.screen import Screen
from app.terminal.terminal import terminal
from app.understanding.chosen_interpreter import chosen_interpreter
from app.understanding.trial import Trial
from eval.understanding.outcome import Outcome, does, outcome, plain
from eval.understanding.utterances import Utterance, read_utterances, utterances

PROMPT = "say> "
LEAVE = ("/q", "/quit", "/exit", "quit", "exit", "bye")
GREETING = (
    "Say what you look for, and what else you would say; nothing is searched. 'undo' goes back, "
    "Ctrl-D leaves."
)


def run(path: Path | None, *, today: date, llm: str | None, as_json: bool) -> None:
    """Write what each utterance comes to.

    Args:
        path: utterances in context, one JSON object a line; `-`: of standard input; none: plain
            sentences of standard input, which follow one another.
        today: the day that "yesterday" counts from.
        llm: see `chosen_interpreter`.
        as_json: a JSON object a line; else for people.

    Raises:
        UtteranceError: a line is no utterance.
    """
    interpreter = chosen_interpreter(llm)
    if path is None:
        _talk(Trial(interpreter, today), as_json=as_json)
        return
    found = utterances(sys.stdin, "-") if str(path) == "-" else read_utterances(path)
    for one in found:
        _tell(one, outcome(one, interpreter, today), as_json=as_json)


def _talk(trial: Trial, *, as_json: bool) -> None:
    typing = sys.stdin.isatty() and sys.stdout.isatty() and not as_json
    if typing:
        typer.echo(GREETING)
    for said in _sentences(PROMPT if typing else ""):
        if typing and said.lower() in LEAVE:
            break
        utterance, came_to = trial.hear(said)
        _tell(utterance, came_to, as_json=as_json, repeat=not typing)


def _sentences(prompt: str) -> Iterator[str]:
    while True:
        try:
            said = input(prompt).strip()
        except EOFError:
            if prompt:
                typer.echo()
            return
        if said:
            yield said


def _tell(utterance: Utterance, found: Outcome, *, as_json: bool, repeat: bool = True) -> None:
    if as_json:
        typer.echo(as_document(plain(found, utterance), indent=None))
        return
    screen = Screen(console=terminal())
    if repeat:
        typer.echo(f"> {printable(utterance.said)}")
    screen.understood(found.constraints, differences(utterance.constraints, found.edits))
    for told in does(found):
        typer.echo(f"  {printable(_done(told))}")
    if found.lost:
        typer.echo(f"  lost: {printable(found.lost)}")


_WORDS = {
    "ShowMore": "show more",
    "First": "the first page",
    "Undo": "undo",
    "Redo": "redo",
    "StartOver": "start over",
    "Save": "save",
    "Export": "export",
    "Why": "why",
    "Help": "help",
    "Answer": "answer",
    "Unclear": "unclear",
}


def _done(told: Sequence[Any]) -> str:
    given = [one if isinstance(one, str) else json.dumps(one) for one in told[1:] if one]
    return ": ".join([_WORDS[told[0]], *([", ".join(given)] if given else [])])
