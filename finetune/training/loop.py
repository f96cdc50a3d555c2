"""The training loop of every recipe, on accelerate: one device or several, resumable at any moment.

Knows no recipe: a `Job` gives batches, losses and figures. A training is a row of whole steps and
whole validations; between two of them it may be asked to stop. After that, or after a kill, it goes
on from the newest checkpoint to the same losses, as nothing random depends on what was before
(`finetune.training.schedule`).
"""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from math import isfinite
from time import perf_counter
from typing import Any

import torch
from accelerate import Accelerator, DistributedDataParallelKwargs
from accelerate.utils import broadcast_object_list, send_to_device
from torch import Tensor

from finetune.error import FinetuneError
from finetune.job import BEWARE, Batch, TrainingJob
from finetune.model.memory import explained
from finetune.model.optimiser import optimiser_of
from finetune.settings import Training
from finetune.training.card import write_card
from finetune.training.checkpoint import Standing, load_checkpoint, save_checkpoint
from finetune.training.log import Log
from finetune.training.progress import Tell, TrainingProgress
from finetune.training.run_folder import RunFolder, writing
from finetune.training.schedule import Course
from finetune.training.soundness import Soundness
from retrievers.concurrency.cancellation import Stop


def train(
    job: TrainingJob,
    training: Training,
    run: RunFolder,
    *,
    tell: Tell = lambda told: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> None:
    """Train until the last step, from where the run stands; the best adapter is in its folder.

    Args:
        job: what is trained.
        training: how.
        run: where it is kept.
        tell: is told of each step and each validation.
        should_stop: asked before each of them; a checkpoint is written then, so that the run can
            be resumed, and its state is `interrupted`.

    Raises:
        FinetuneError: memory is full, the training comes to what is no number, a checkpoint
            cannot be written, or there is nothing to train.
    """
    _Loop(job, training, run, tell, Stop(should_stop)).run()


class _Loop:
    def __init__(
        self, job: TrainingJob, training: Training, run: RunFolder, tell: Tell, stop: Stop
    ) -> None:
        if training.threads:
            torch.set_num_threads(training.threads)
        if not job.examples:
            raise FinetuneError("there are no training examples; look at the data's settings")
        self.job, self.training, self.folder = job, training, run
        self.tell, self.stop = tell, stop
        self.accelerator = Accelerator(
            cpu=training.device == "cpu",
            mixed_precision=training.precision,
            kwargs_handlers=[DistributedDataParallelKwargs(find_unused_parameters=True)],
        )
        self.optimiser = optimiser_of(job.model, training)
        devices = self.accelerator.num_processes
        self.course = Course(training, job.examples, devices=devices)
        self.standing, self.soundness = Standing(), Soundness(job, training, run)
        self.begin = perf_counter()
        self.tokens = training.batch
        self.beware = [*job.about.get(BEWARE, ())]

    @property
    def is_first(self) -> bool:
        return bool(self.accelerator.is_main_process)

    def run(self) -> None:
        try:
            with explained(self.job.model, self.training, lambda: self.tokens):
                self._take_up()
                with Log(self.folder, self.standing, write=self.is_first) as self.log:
                    finished = self._go_through()
        except Exception:
            if self.is_first:
                with suppress(OSError, FinetuneError):  # the disk may be full still
                    self.folder.tell(state="failed")
            raise
        if self.is_first:
            self.folder.tell(steps=self.standing.step)
            if finished:
                self._finish()
            else:
                self.folder.tell(state="interrupted")
        self.accelerator.wait_for_everyone()

    def _go_through(self) -> bool:
        """Take step after step; returns whether all were taken."""
        while not self._is_over:
            if self._is_asked_to_stop():
                self._save()
                return False
            self._go_on()
        return True

    def _finish(self) -> None:
        vain = [self.standing.vain] if self.standing.vain else []
        self.folder.tell(beware=[*self.beware, *vain])
        write_card(self.folder, self.job)
        self.folder.tell(state="finished")

    def _take_up(self) -> None:
        if self.is_first:
            self.folder.restore()
            self.folder.tell(beware=self.beware)
            if self.beware:
                self.tell(TrainingProgress(0, self.course.steps, beware=self.beware))
        self.accelerator.wait_for_everyone()
        if at := self.folder.checkpoint():
            self.standing = load_checkpoint(at, self.job.model, self.optimiser)
        self.model, self.prepared = self.accelerator.prepare(self.job.model, self.optimiser)

    @property
    def _is_over(self) -> bool:
        enough = 0 < self.training.patience <= self.standing.worse
        return not self._must_validate and (enough or self.standing.step >= self.course.steps)

    @property
    def _must_validate(self) -> bool:
        at = self.standing.step
        due = at == 0 or self.course.is_due(self.course.validate_every, at - 1)
        return due and self.standing.validated != at

    def _go_on(self) -> None:
        if self._must_validate:
            self._validate()
        else:
            self._step(self.standing.step)
        at = self.standing.step
        if at and not self._must_validate and self.course.is_due(self.course.save_every, at - 1):
            self._save()

    def _is_asked_to_stop(self) -> bool:
        """Ask; of several devices all stop as soon as one is asked to."""
        asked = self.stop()
        if self.accelerator.num_processes == 1:
            return asked
        every = self.accelerator.reduce(torch.tensor(float(asked), device=self.accelerator.device))
        return bool(every > 0)

    def _step(self, step: int) -> None:
        self.model.train()
        rate = self.course.rate(step)
        for group in self.prepared.param_groups:
            group["lr"] = rate
        loss = self._learn(step)
        self.standing = self.standing.after_step()
        self.log.step(step + 1, loss, rate)
        self.tell(
            TrainingProgress(step + 1, self.course.steps, loss, rate, perf_counter() - self.begin)
        )

    def _learn(self, step: int) -> float:
        """Take one step of the optimiser; returns the mean loss of its forwards."""
        parts, total = self.training.accumulate, 0.0
        for part in range(parts):
            last = part + 1 == parts
            with self._together(last):
                loss = self._loss(step, part)
                mean = float(self.accelerator.reduce(loss.detach(), "mean"))
                if not isfinite(mean):
                    raise self.soundness.lost(
                        self.standing, f"the loss is {mean} at step {step + 1}"
                    )
                self.accelerator.backward(loss / parts)
            total += mean / parts
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
            figures = self.soundness.measured(self.standing)
            best = self.standing.is_better(figures)
            if best and self.standing.step:
                self._keep()
            self.standing = self.standing.after_validation(figures, best=best)
            self.log.figures(self.standing.step, figures)
            self.folder.tell(
                before=self.standing.before, best=self.standing.best, best_step=self.standing.at
            )
            self.tell(
                TrainingProgress(
                    self.standing.step,
                    self.course.steps,
                    seconds=perf_counter() - self.begin,
                    figures=figures,
                    best=best and self.standing.step > 0 and not self.standing.vain,
                )
            )
        self._share_standing()

    def _keep(self) -> None:
        partial = self.folder.partial("adapter")
        with writing(partial):
            self.job.save(partial)
            self.folder.put(partial, "adapter")

    def _share_standing(self) -> None:
        if self.accelerator.num_processes > 1:
            held: list[Any] = [self.standing]
            broadcast_object_list(held)
            self.standing = held[0]

    def _save(self) -> None:
        self.soundness.check(self.standing)
        if self.is_first:
            save_checkpoint(self.folder, self.standing, self.job.model, self.optimiser)
        self.accelerator.wait_for_everyone()


def _tokens(batch: Batch) -> int:
    """Return how many tokens a batch holds: the size of its largest tensor of ids."""
    ids = [one for one in batch.values() if isinstance(one, Tensor) and one.dtype == torch.long]
    return max((one.numel() for one in ids), default=0)
