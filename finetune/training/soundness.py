"""Whether a training still has numbers: its loss, its weights, its figures.

A rate that is too high, or a precision that is too low, ends in what is no number. It is said at
the step where it happens, before it reaches a checkpoint or the adapter.
"""

from math import isfinite

import torch

from agent.mllm.mllm import MllmError
from finetune.error import FinetuneError
from finetune.job import Figures, TrainingJob
from finetune.settings import Training
from finetune.training.checkpoint import Standing
from finetune.training.run_folder import RunFolder
from retrievers.encoder import EncoderError
from retrievers.loading.local_weights import first_line


class Soundness:
    """Looks after one training's numbers."""

    def __init__(self, job: TrainingJob, training: Training, run: RunFolder) -> None:
        self._job, self._training, self._run = job, training, run

    def check(self, standing: Standing) -> None:
        """Look at the weights that are trained.

        Raises:
            FinetuneError: one is no number.
        """
        weights = (one for one in self._job.model.parameters() if one.requires_grad)
        if not all(bool(torch.isfinite(one).all()) for one in weights):
            raise self.lost(standing, f"weights are no numbers after step {standing.step}")

    def measured(self, standing: Standing) -> Figures:
        """Validate.

        Raises:
            FinetuneError: the model makes no numbers any more.
        """
        self.check(standing)
        self._job.model.eval()
        try:
            with torch.no_grad():
                figures = dict(self._job.validate())
        except (ValueError, EncoderError, MllmError) as error:
            if not standing.step:  # so it is not of the training
                raise
            raise self.lost(standing, f"{first_line(error)} after step {standing.step}") from error
        wrong = [f"{name} is {one}" for name, one in figures.items() if not isfinite(one)]
        if wrong and standing.step:
            raise self.lost(standing, f"{wrong[0]} after step {standing.step}")
        return figures

    def lost(self, standing: Standing, what: str) -> FinetuneError:
        """Note that the training failed; returns when, what is kept of it, and what to change."""
        self._run.tell(state="failed", steps=standing.step)
        rate, other = self._training.lr, ""
        if self._training.precision != "no":
            other = " or set training.precision to 'no'"
        at = self._run.checkpoint()
        kept = f"{at.name}" if at else "no checkpoint, as none was due yet"
        if standing.best:
            kept += f" and the adapter of step {standing.at}"
        return FinetuneError(
            f"{what}; lower training.lr ({rate:g}), to {rate / 10:g} perhaps,{other} in a new run;"
            f" {self._run.path} keeps {kept}"
        )
