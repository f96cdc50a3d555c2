"""Rerankers in which an MLLM answers from a closed set.

Pick one (InternLM-XComposer), yes or no (pointwise), two by two (pairwise), the order (listwise).

Candidates are shown in an order shuffled by a seed, the request and the pictures, so that a model's
liking for a place can be measured and does not favour the first stage. The answer is read from the
log-probabilities of the options, so it can't be unreadable; only `Listwise` lets the model write,
held to a list of letters.
"""

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from string import ascii_uppercase

import numpy as np
from PIL.Image import Image

from agent.mllm.mllm import Message, Mllm, ReplyError, user_message
from agent.rerank.pointwise import DEPTH, PointwiseReranker
from agent.rerank.reranker import Reranker, reordered
from agent.resources import Resources
from prompts.load import Prompt, load
from retrievers.hit import Hit, Picture

PICKED_FROM, LISTED, COMPARED = 4, 8, 3  # pictures that are shown in one request

Pixels = Callable[[Picture], Image]
"""Gives the upright RGB pixels of a picture."""


class YesNo:
    """A judge: the log-odds of yes against no to "does it meet the request?", a picture at a time.

    Args:
        mllm: answers.
        pixels: shows.
        prompt: `pick/yesno`, or one with the same inputs.
    """

    batch = 1
    options = ("yes", "no")

    def __init__(self, mllm: Mllm, pixels: Pixels, *, prompt: Prompt | None = None) -> None:
        self.mllm, self.pixels = mllm, pixels
        self.prompt = prompt or load("pick/yesno")

    @property
    def name(self) -> str:
        return _name("yesno", self.mllm, self.prompt)

    def judge(self, said: str, pictures: Sequence[Picture]) -> list[float]:
        return [self._odds(said, picture) for picture in pictures]

    def message(self, said: str, picture: Picture) -> Message:
        """Return what is asked of a picture."""
        return user_message(self.prompt, [self.pixels(picture)], query=said)

    def _odds(self, said: str, picture: Picture) -> float:
        yes, no = self.mllm.choose([self.message(said, picture)], list(self.options))
        return float(yes - no)


class Together:
    """Shows the first k hits in one message, lettered, in a shuffled order.

    Args:
        mllm: answers.
        pixels: shows.
        k: how many are shown, 2 to 26.
        seed: of the shuffle.
        prompt: takes `query` and `letters`.
    """

    def __init__(self, mllm: Mllm, pixels: Pixels, *, k: int, seed: int, prompt: Prompt) -> None:
        if not 2 <= k <= len(ascii_uppercase):
            raise ValueError(f"k must be in 2..{len(ascii_uppercase)}, one letter each; got {k}")
        self.mllm, self.pixels, self.k, self.seed, self.prompt = mllm, pixels, k, seed, prompt

    def name(self, method: str) -> str:
        return _name(f"{method}{self.k}", self.mllm, self.prompt)

    def shown(self, said: str, hits: Sequence[Hit]) -> tuple[list[Hit], list[str], Message]:
        """Return the hits in the order shown, their letters, and the message."""
        shown = shuffled(hits[: self.k], said, self.seed)
        letters = list(ascii_uppercase[: len(shown)])
        images = [self.pixels(hit.picture) for hit in shown]
        return shown, letters, user_message(self.prompt, images, query=said, letters=letters)


class Pick:
    """Show the first k together; the one picked comes first (arXiv:2309.15112, section 3.2).

    Attributes:
        picked: how often the picture in each place, from 0, was picked: a model without a liking
            for a place picks all of them about equally often.
    """

    def __init__(
        self,
        mllm: Mllm,
        pixels: Pixels,
        *,
        k: int = PICKED_FROM,
        seed: int = 0,
        prompt: Prompt | None = None,
    ) -> None:
        prompt = prompt or load("pick/best")
        self.together = Together(mllm, pixels, k=k, seed=seed, prompt=prompt)
        self.picked: Counter[int] = Counter()

    @property
    def name(self) -> str:
        return self.together.name("pick")

    def orders(self, said: str, hits: Sequence[Hit]) -> Iterator[list[Hit]]:
        if len(hits) < 2:
            return
        shown, letters, message = self.together.shown(said, hits)
        place = int(self.together.mllm.choose([message], letters).argmax())
        self.picked[place] += 1
        best = shown[place].picture.id
        yield reordered(
            hits, {hit.picture.id: float(hit.picture.id == best) for hit in shown}, self.name
        )


class Listwise:
    """Show the first k together; the model writes their order (RankGPT, arXiv:2304.09542)."""

    def __init__(
        self,
        mllm: Mllm,
        pixels: Pixels,
        *,
        k: int = LISTED,
        seed: int = 0,
        prompt: Prompt | None = None,
    ) -> None:
        prompt = prompt or load("pick/listwise")
        self.together = Together(mllm, pixels, k=k, seed=seed, prompt=prompt)

    @property
    def name(self) -> str:
        return self.together.name("listwise")

    def orders(self, said: str, hits: Sequence[Hit]) -> Iterator[list[Hit]]:
        if len(hits) < 2:
            return
        shown, letters, message = self.together.shown(said, hits)
        schema = {
            "type": "array",
            "items": {"enum": letters},
            "minItems": len(letters),
            "maxItems": len(letters),
        }
        reply = self.together.mllm.generate(
            [message], max_tokens=4 * len(letters) + 4, schema=schema
        )
        order = read_order(reply, len(letters), self.together.prompt.name)
        scores = {shown[place].picture.id: float(-rank) for rank, place in enumerate(order)}
        yield reordered(hits, scores, self.name)


class Pairwise:
    """Compare the first few two by two, each pair both ways round; most wins first.

    The sum of the win probabilities over both ways round is ImageScope's third stage (WWW 2025)
    without its dependence on place.
    """

    def __init__(
        self, mllm: Mllm, pixels: Pixels, *, few: int = COMPARED, prompt: Prompt | None = None
    ) -> None:
        if few < 2:
            raise ValueError(f"few must be at least 2; got {few}")
        self.mllm, self.pixels, self.few = mllm, pixels, few
        self.prompt = prompt or load("pick/pairwise")

    @property
    def name(self) -> str:
        return _name(f"pairwise{self.few}", self.mllm, self.prompt)

    def orders(self, said: str, hits: Sequence[Hit]) -> Iterator[list[Hit]]:
        head = [hit.picture for hit in hits[: self.few]]
        if len(head) < 2:
            return
        seen = {picture.id: self.pixels(picture) for picture in head}
        wins = dict.fromkeys(seen, 0.0)
        for one, other in combinations(seen, 2):
            for first, second in ((one, other), (other, one)):
                message = self._message(said, seen[first], seen[second])
                won, lost = np.exp(self.mllm.choose([message], ["A", "B"]))
                wins[first] += float(won)
                wins[second] += float(lost)
        yield reordered(hits, wins, self.name)

    def _message(self, said: str, first: Image, second: Image) -> Message:
        return user_message(self.prompt, [first, second], query=said)


def open_yesno(resources: Resources, *, depth: int = DEPTH) -> Reranker:
    """Open `YesNo` as `agent.stages.stage_table` asks."""
    judge = YesNo(resources.mllm, resources.pixels, prompt=resources.prompt("pick/yesno"))
    return PointwiseReranker(judge, verdicts=resources.verdicts, depth=depth)


def open_pick(resources: Resources, *, k: int = PICKED_FROM, seed: int = 0) -> Reranker:
    """Open `Pick` likewise."""
    return Pick(
        resources.mllm, resources.pixels, k=k, seed=seed, prompt=resources.prompt("pick/best")
    )


def open_listwise(resources: Resources, *, k: int = LISTED, seed: int = 0) -> Reranker:
    """Open `Listwise` likewise."""
    return Listwise(
        resources.mllm, resources.pixels, k=k, seed=seed, prompt=resources.prompt("pick/listwise")
    )


def open_pairwise(resources: Resources, *, few: int = COMPARED) -> Reranker:
    """Open `Pairwise` likewise."""
    return Pairwise(
        resources.mllm, resources.pixels, few=few, prompt=resources.prompt("pick/pairwise")
    )


def shuffled(hits: Sequence[Hit], said: str, seed: int) -> list[Hit]:
    """Return the hits in an order that depends on the seed, the request and the pictures alone."""
    shown = sorted(hits, key=lambda hit: hit.picture.id)
    random.Random(f"{seed}\n{said}\n{[hit.picture.id for hit in shown]}").shuffle(shown)
    return shown


def read_order(reply: str, n: int, prompt_name: str = "pick/listwise") -> list[int]:
    """Turn 'B > A' into places from 0; those not named follow in the order shown.

    Raises:
        ReplyError: none of the first n letters stands alone in the reply.
    """
    named = [ascii_uppercase.index(letter) for letter in re.findall(r"\b([A-Z])\b", reply)]
    order = list(dict.fromkeys(place for place in named if place < n))
    if not order:
        raise ReplyError(prompt_name, f"an order of A to {ascii_uppercase[n - 1]}", reply)
    return order + [place for place in range(n) if place not in order]


def _name(method: str, mllm: Mllm, prompt: Prompt) -> str:
    return f"{method}@{mllm.name}+{prompt.hash}"
