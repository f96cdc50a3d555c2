"""An adapter that becomes part of its base: a whole checkpoint, for programs that know no LoRA."""

import warnings
from pathlib import Path

from finetune.error import FinetuneError
from finetune.training.card import on_hub
from retrievers.checkpoints.adapter import Adapter, read_adapter
from retrievers.checkpoints.error import CheckpointError
from retrievers.checkpoints.generative import Wanted, open_checkpoint
from retrievers.checkpoints.new_tokens import add_tokens, saved_tokens
from retrievers.checkpoints.portable_names import portable
from retrievers.loading.encoder_options import Options

KINDS = ("llm",)


def merge(adapter: Path, out: Path) -> None:
    """Write base and adapter as one checkpoint into a new folder.

    Raises:
        AdapterError: there is no adapter.
        FinetuneError: it is of another kind, its base is not there, or `out` is in use.
    """
    from peft import PeftModel  # after `retrievers.checkpoints`, which keeps its search quiet

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
    _write_card(out, found)


def _write_card(out: Path, adapter: Adapter) -> None:
    """Write README.md: what became one, then what the adapter's own card tells of its training."""
    base = portable(str(adapter.fact("base")))
    front, told = on_hub(base, adapter.kind), adapter.folder / "README.md"
    named = f"base_model: {front}\nbase_model_relation: finetune\n" if front else ""
    lines = [f"---\nlibrary_name: transformers\n{named}tags: [dialens]\n---", f"# {out.name}"]
    lines.append(
        f"`{front or base}` with an adapter of {adapter.folder.absolute().parent.name} in it, by"
        " `dialens finetune merge`."
    )
    if told.is_file():
        _, _, body = told.read_text(encoding="utf-8").partition("---\n")[2].partition("---\n")
        lines.append(body.strip().replace("# ", "## ", 1))
    (out / "README.md").write_text("\n\n".join(lines) + "\n", encoding="utf-8")
