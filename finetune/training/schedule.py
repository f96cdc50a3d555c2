"""What a training does at each step, as a function of the step alone.

So a training that was killed and one that was not take the same examples in the same order, at the
same rate, with the same chance.
"""

import random
from collections.abc import Sequence
from functools import cache
from math import ceil, cos, pi

from finetune.settings import Training


class Course:
    """Which examples, which rate and which seed belong to a step; steps count from 0.

    Args:
        training: the settings.
        examples: how many there are.
        devices: how many train together.
    """

    def __init__(self, training: Training, examples: int, *, devices: int = 1) -> None:
        self._training, self._examples, self._devices = training, examples, devices
        self._each = training.batch * training.accumulate * devices
        self.epoch = max(1, round(examples / self._each))
        self.steps = max(1, ceil(training.epochs * examples / self._each))
        self.validate_every = training.validate_every or self.epoch
        self.save_every = training.save_every or self.validate_every
        self._order = cache(self._ordered)

    def places(self, step: int, part: int, device: int = 0) -> list[int]:
        """Return the examples of one forward of a step: its part counts up to `accumulate`."""
        size = self._training.batch
        first = step * self._each + (part * self._devices + device) * size
        return [
            self._order(at // self._examples)[at % self._examples]
            for at in range(first, first + size)
        ]

    def seed(self, step: int, part: int, device: int = 0) -> int:
        """Return the seed of what is random in one forward."""
        return random.Random(f"{self._training.seed}/{step}/{part}/{device}").getrandbits(62)

    def rate(self, step: int) -> float:
        """Return the learning rate of a step."""
        training = self._training
        rising = round(training.warm_up * self.steps)
        if step < rising:
            return training.lr * (step + 1) / (rising + 1)
        gone = (step - rising) / max(1, self.steps - rising)
        match training.schedule:
            case "cosine":
                return training.lr * (1 + cos(pi * gone)) / 2
            case "linear":
                return training.lr * (1 - gone)
            case "constant":
                return training.lr

    def is_due(self, every: int, step: int) -> bool:
        """Whether what is done every so many steps is due after this step; it is after the last."""
        return (step + 1) % every == 0 or step + 1 == self.steps

    def _ordered(self, epoch: int) -> Sequence[int]:
        order = list(range(self._examples))
        random.Random(f"{self._training.seed}/order/{epoch}").shuffle(order)
        return order
