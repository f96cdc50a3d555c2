"""Dialogues in ChatIR's fashion (arXiv:2305.20062): one model asks, another sees and answers.

The questioner has only what was said; the answerer has only the picture and the question.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from PIL.Image import Image

from agent.mllm.mllm import Mllm, ReplyError, user_message
from agent.rewrite.rewriter import one_line
from eval.benchmarks.captioned import Captioned
from finetune.dialogues.dialogue import Dialogue
from prompts.load import load
from retrievers.pictures import read_picture

SIDE = 448
WORDS = 24  # tokens of a question or an answer


def asked_about(
    captioned: Sequence[Captioned], questioner: Mllm, answerer: Mllm, *, rounds: int
) -> Iterator[Dialogue]:
    """Yield a dialogue of each picture's first caption; a round that goes wrong ends it.

    Raises:
        MllmError: a model cannot be reached.
        UnreadablePicture: a picture cannot be read.
    """
    for one in captioned:
        image = read_picture(one.path, min_side=SIDE).image
        turns = [one.captions[0]]
        for _ in range(rounds):
            try:
                turns.append(_round(turns, image, questioner, answerer))
            except ReplyError:
                break
        yield Dialogue(one.path, tuple(turns), one.captions[0])


def _round(turns: Sequence[str], image: Image, questioner: Mllm, answerer: Mllm) -> str:
    ask, answer = load("dialogues/question"), load("dialogues/answer")
    said = questioner.generate([user_message(ask, turns=list(turns))], max_tokens=WORDS)
    question = one_line(said, ask.name, "a question").split("?")[0] + "?"
    if any(turn.startswith(question) for turn in turns):
        raise ReplyError(ask.name, "a new question", question)
    told = answerer.generate([user_message(answer, [image], question=question)], max_tokens=WORDS)
    return f"{question} {one_line(told, answer.name, 'an answer')}"


def left(captioned: Sequence[Captioned], done: Sequence[Dialogue]) -> list[Captioned]:
    """Return the pictures that have no dialogue yet."""
    known: set[Path] = {one.picture for one in done}
    return [one for one in captioned if one.path.absolute() not in known]
