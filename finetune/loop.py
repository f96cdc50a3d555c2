"""The training loop of every recipe, on accelerate: one device or several, resumable at any moment.

Knows no recipe: a `Job` gives batches, losses and figures. After a kill it goes on from the newest
checkpoint to the same losses, as nothing random depends on what was before (`finetune.course`).
"""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import torch
from accelerate import Accelerator, DistributedDataParallelKwargs
from accelerate.utils import broadcast_object_list, send_to_device
from torch import Tensor

from finetune.card import write_card
from finetune.checkpoint import Standing, load_checkpoint, save_checkpoint
from finetune.course import Course
from finetune.error import FinetuneError
from finetune.job import Batch, Figures, Job
from finetune.log import Log
from finetune.memory import advice
from finetune.optimiser import optimiser_of
from finetune.run_folder import RunFolder
from finetune.training import Training


@dataclass(frozen=True, slots=True)
class Told:
    """How far a training has come.

    Attributes:
        step: steps done; 0 before the first.
        steps: steps in all.
        loss: of this step; none at step 0.
        rate: learning rate of this step.
        seconds: since the loop began.
        figures: of a validation, if there was one.
        best: whether they are the best so far.
    """

    step: int
    steps: int
    loss: float | None = None
    rate: float = 0.0
    seconds: float = 0.0
    figures: Figures = field(default_factory=dict)
    best: bool = False


Tell = Callable[[Told], None]


def train(job: Job, training: Training, run: RunFolder, *, tell: Tell = lambda told: None) -> None:
    """Train until the last step, from where the run stands; the best adapter is in its folder.

    Raises:
        FinetuneError: memory is full, the loss is not finite, or there is nothing to train.
        KeyboardInterrupt: after a checkpoint was written, so that the run can be resumed.
    """
    _Loop(job, training, run, tell).run()


class _Loop:
    def __init__(self, job: Job, training: Training, run: RunFolder, tell: Tell) -> None:
        if training.threads:
            torch.set_num_threads(training.threads)
        if not job.examples:
            raise FinetuneError("there are no training examples; look at the data's settings")
        self.job, self.training, self.folder, self.tell = job, training, run, tell
        self.accelerator = Accelerator(
            cpu=training.device == "cpu",
            mixed_precision=training.precision,
            kwargs_handlers=[DistributedDataParallelKwargs(find_unused_parameters=True)],
        )
        self.optimiser = optimiser_of(job.model, training)
        devices = self.accelerator.num_processes
        self.course = Course(training, job.examples, devices=devices)
        self.standing = Standing()
        self.begin = perf_counter()
        self.tokens = training.batch

    @property
    def is_first(self) -> bool:
        return bool(self.accelerator.is_main_process)

    def run(self) -> None:
        at = self.folder.checkpoint()
        if at:
            self.standing = load_checkpoint(at, self.job.model, self.optimiser)
        with self._memory():
            self.model, self.prepared = self.accelerator.prepare(self.job.model, self.optimiser)
            with Log(self.folder, self.standing.step, write=self.is_first) as self.log:
                if self.standing.step == 0:
                    self._validate()
                self._go_on()
        if self.is_first:
            self.folder.tell(state="finished", steps=self.standing.step)
            write_card(self.folder, self.job)
        self.accelerator.wait_for_everyone()

    def _go_on(self) -> None:
        try:
            while self.standing.step < self.course.steps and not self._has_had_enough:
                self._step(self.standing.step)
        except KeyboardInterrupt:
            self._save()
            if self.is_first:
                self.folder.tell(state="interrupted", steps=self.standing.step)
            raise

    @property
    def _has_had_enough(self) -> bool:
        return 0 < self.training.patience <= self.standing.worse

    def _step(self, step: int) -> None:
        self.model.train()
        rate = self.course.rate(step)
        for group in self.prepared.param_groups:
            group["lr"] = rate
        loss = self._learn(step)
        if not loss == loss or loss in (float("inf"), float("-inf")):
            raise FinetuneError(
                f"the loss is {loss} at step {step + 1}; lower training.lr ({self.training.lr}) or"
                " set training.precision to 'no'"
            )
        self.standing = self.standing.after_step()
        self.log.step(step + 1, loss, rate)
        self.tell(Told(step + 1, self.course.steps, loss, rate, perf_counter() - self.begin))
        if self.course.is_due(self.course.validate_every, step):
            self._validate()
        if self.course.is_due(self.course.save_every, step):
            self._save()

    def _learn(self, step: int) -> float:
        """Take one step of the optimiser; returns the mean loss of its forwards."""
        parts, total = self.training.accumulate, 0.0
        for part in range(parts):
            last = part + 1 == parts
            with self._together(last):
                loss = self._loss(step, part)
                self.accelerator.backward(loss / parts)
            total += float(self.accelerator.reduce(loss.detach(), "mean")) / parts
        if self.training.clip:
            self.accelerator.clip_grad_norm_(self.model.parameters(), self.training.clip)
        self.prepared.step()
        self.prepared.zero_grad()
        return total

    def _loss(self, step: int, part: int) -> Tensor:
        device = self.accelerator.process_index
        seed = self.course.seed(step, part, device)
        torch.manual_seed(seed)
        places = self.course.places(step, part, device)
        batch = dict(self.job.batch(places, random.Random(seed)))
        self.tokens = max(self.tokens, _tokens(batch))
        loss: Tensor = self.model(**send_to_device(batch, self.accelerator.device))
        return loss

    @contextmanager
    def _together(self, last: bool) -> Iterator[None]:
        """Let devices exchange gradients only with the last forward of a step."""
        if last:
            yield
            return
        with self.accelerator.no_sync(self.model):
            yield

    def _validate(self) -> None:
        """Measure; the first process does, and keeps the adapter if it is the best so far."""
        if self.is_first:
            self.job.model.eval()
            with torch.no_grad():
                figures = dict(self.job.validate())
            best = self.standing.is_better(figures)
            if best and self.standing.step:
                self._keep()
            self.standing = self.standing.after_validation(figures, best=best)
            self.log.figures(self.standing.step, figures)
            self.folder.tell(
                before=self.standing.before, best=self.standing.best, best_step=self.standing.at
            )
            self.tell(
                Told(
                    self.standing.step,
                    self.course.steps,
                    seconds=perf_counter() - self.begin,
                    figures=figures,
                    best=best and self.standing.step > 0,
                )
            )
        self._share_standing()

    def _keep(self) -> None:
        partial = self.folder.partial("adapter")
        self.job.save(partial)
        self.folder.put(partial, "adapter")

    def _share_standing(self) -> None:
        if self.accelerator.num_processes > 1:
            held: list[Any] = [self.standing]
            broadcast_object_list(held)
            self.standing = held[0]

    def _save(self) -> None:
        if self.is_first:
            save_checkpoint(self.folder, self.standing, self.job.model, self.optimiser)
        self.accelerator.wait_for_everyone()

    @contextmanager
    def _memory(self) -> Iterator[None]:
        try:
            yield
        except (torch.OutOfMemoryError, MemoryError) as error:
            raise FinetuneError(
                advice(self.job.model, self.training, tokens=self.tokens)
            ) from error
        except RuntimeError as error:
            if "allocate memory" not in str(error):
                raise
            raise FinetuneError(
                advice(self.job.model, self.training, tokens=self.tokens)
            ) from error


def _tokens(batch: Batch) -> int:
    """Return how many tokens a batch holds: the size of its largest tensor of ids."""
    ids = [one for one in batch.values() if isinstance(one, Tensor) and one.dtype == torch.long]
    return max((one.numel() for one in ids), default=0)
