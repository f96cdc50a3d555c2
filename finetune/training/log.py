"""The course of a training, line by line: for programs in log.jsonl, for people in TensorBoard."""

import json
from types import TracebackType
from typing import Any, Self

from finetune.job import Figures
from finetune.training.checkpoint import Standing
from finetune.training.run_folder import RunFolder
from retrievers.files.whole_file import lines_to_add


class Log:
    """Written at each step; a run that goes on forgets what came after its checkpoint.

    Args:
        run: whose.
        standing: where the training stands.
        write: off in all processes but one.
    """

    def __init__(self, run: RunFolder, standing: Standing, *, write: bool) -> None:
        self._run, self._standing, self._write = run, standing, write

    def __enter__(self) -> Self:
        if self._write:
            from torch.utils.tensorboard import SummaryWriter

            standing = self._standing
            self._run.forget_after(standing.step, validated=standing.validated)
            self._file = lines_to_add(self._run.log)
            self._board: Any = SummaryWriter(str(self._run.board), purge_step=standing.step + 1)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._write:
            self._file.close()
            self._board.close()

    def step(self, step: int, loss: float, rate: float) -> None:
        """Note a step."""
        self._line(step, {"loss": loss, "rate": rate})

    def figures(self, step: int, figures: Figures) -> None:
        """Note a validation."""
        self._line(step, {f"validation/{name}": value for name, value in figures.items()})

    def _line(self, step: int, values: Figures) -> None:
        if not self._write:
            return
        self._file.write(json.dumps({"step": step, **values}) + "\n")
        self._file.flush()
        for name, value in values.items():
            self._board.add_scalar(name, value, step)
