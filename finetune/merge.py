"""An adapter that becomes part of its base: a whole checkpoint, for programs that know no LoRA."""

import warnings
from pathlib import Path

from peft import PeftModel

from finetune.error import FinetuneError
from retrievers.checkpoints.error import CheckpointError
from retrievers.checkpoints.generative import Wanted, open_checkpoint
from retrievers.checkpoints.new_tokens import add_tokens, saved_tokens
from retrievers.encoders.options import Options
from retrievers.tuned.adapter import read_adapter

KINDS = ("llm",)


def merge(adapter: Path, out: Path) -> None:
    """Write base and adapter as one checkpoint into a new folder.

    Raises:
        AdapterError: there is no adapter.
        FinetuneError: it is of another kind, its base is not there, or `out` is in use.
    """
    found = read_adapter(adapter)
    if found.kind not in KINDS or found.facts.get("partial"):
        raise FinetuneError(
            f"{adapter} is of kind {found.kind!r}; only whole adapters of {', '.join(KINDS)} can be"
            " part of a checkpoint; others are opened by path"
        )
    if out.exists() and any(out.iterdir()):
        raise FinetuneError(f"{out} is not empty; name another folder")
    try:
        opened = open_checkpoint(Wanted(found.fact("base"), Options(device="cpu")))
    except CheckpointError as error:
        raise FinetuneError(f"{adapter}: {error}") from error
    if tokens := saved_tokens(found.folder):
        add_tokens(opened.model, opened.tokenizer, tokens)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "`is_gradient_checkpointing`", FutureWarning)
        fitted = PeftModel.from_pretrained(opened.model, str(found.folder))
    fitted.merge_and_unload(safe_merge=True).save_pretrained(out)
    opened.processor.save_pretrained(out)
