"""A closed choice read from the log-probabilities of a model's first token.

Options that begin with different characters (`yes` and `no`, `A` to `Z`) are told apart by the
first token alone: an option's mass is that of all tokens with which it can begin, which is what
constrained decoding would follow. Other options are lettered, and the model is asked for a letter.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from string import ascii_lowercase, ascii_uppercase, digits

import numpy as np
from numpy.typing import NDArray

from agent.mllm.mllm import Message

LETTERS = ascii_uppercase + ascii_lowercase + digits
SURE = 1 - 1e-6  # the probability given to a bare answer, from a server that tells no others


def check_options(options: Sequence[str]) -> None:
    """Refuse what is no choice.

    Raises:
        ValueError: there are no options, too many, an empty one, or two that are equal.
    """
    if not options or not all(options) or len(set(options)) < len(options):
        raise ValueError(f"options must be different texts, at least one; got {list(options)!r}")
    if len(options) > len(LETTERS):
        raise ValueError(f"at most {len(LETTERS)} options, one letter each; got {len(options)}")


def told_apart(
    messages: Sequence[Message], options: Sequence[str]
) -> tuple[list[Message], list[str]]:
    """Return the messages and the answers to choose from, in the order of the options.

    Those given, if they differ in their first character, whatever its case; else letters, listed
    with their meaning at the end.
    """
    beginnings = {option.strip()[:1].casefold() for option in options} - {""}
    if len(beginnings) == len(options):
        return list(messages), list(options)
    answers = list(LETTERS[: len(options)])
    key = "\n".join(f"{a}. {option}" for a, option in zip(answers, options, strict=True))
    text = f"\nAnswer with the letter of one of these:\n{key}"
    *before, last = messages
    if last.role != "user":
        return [*messages, Message("user", (text,))], answers
    return [*before, replace(last, parts=(*last.parts, text))], answers


def grammar(answers: Sequence[str]) -> str:
    """Write the GBNF grammar that allows these answers alone."""
    return "root ::= " + " | ".join(f'"{_escaped(answer)}"' for answer in answers)


def of_first_token(
    tokens: Mapping[str, float], answers: Sequence[str]
) -> NDArray[np.float64] | None:
    """Return the log-probability of each answer, normalised over them; None: no token begins one.

    Args:
        tokens: the likeliest first tokens, with their log-probabilities.
        answers: texts with different first characters. One that none of the tokens begins is given
            the least log-probability listed, which it cannot exceed.
    """
    masses = np.full(len(answers), -np.inf)
    for token, logprob in tokens.items():
        for place, answer in enumerate(answers):
            if _begins(token.lstrip(), answer.lstrip()):
                masses[place] = np.logaddexp(masses[place], logprob)
    if np.all(np.isneginf(masses)):
        return None
    return normalised(np.where(np.isneginf(masses), min(tokens.values()), masses))


def of_answer(reply: str, answers: Sequence[str]) -> NDArray[np.float64] | None:
    """Return near certainty for the one answer that the reply is; None: it is none of them."""
    said = reply.strip(" \t\n.'\"`()*").casefold()
    exact = [reply.strip() == answer for answer in answers]
    chosen = exact if any(exact) else [said == answer.casefold() for answer in answers]
    if sum(chosen) != 1:
        return None
    other = (1 - SURE) / max(len(answers) - 1, 1)
    return normalised(np.log(np.where(chosen, SURE, other)))


def normalised(logprobs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shift log-probabilities so that the probabilities sum to 1."""
    shifted: NDArray[np.float64] = logprobs - np.logaddexp.reduce(logprobs)
    return shifted


def _escaped(text: str) -> str:
    plain = text.replace("\\", "\\\\").replace('"', '\\"')
    return plain.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")


def _begins(token: str, answer: str) -> bool:
    """Whether an answer can begin with a token; case counts in a single letter only."""
    if len(token) < 2:
        return bool(token) and answer.startswith(token)
    return answer.casefold().startswith(token.casefold())
